// A duration below a second is refused.
import http from "k6/http";

export const options = { scenarios: { a: { executor: "constant-vus", duration: "10ms" } } };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
