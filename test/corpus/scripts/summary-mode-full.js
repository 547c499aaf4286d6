// A full summary tells of each scenario.
import http from "k6/http";

const once = { executor: "per-vu-iterations", vus: 1, iterations: 1 };
export const options = { scenarios: { browse: { ...once }, pay: { ...once, exec: "pay" } } };

export default function () {
  http.get(`${__ENV.URL}/a`);
}
export function pay() {
  http.get(`${__ENV.URL}/b`);
  http.get(`${__ENV.URL}/c`);
}
