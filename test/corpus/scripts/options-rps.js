// Rps limits the requests of all users.
import http from "k6/http";

export const options = { vus: 4, iterations: 8, rps: 10 };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}

export function handleSummary(data) {
  return { "took.txt": data.state.testRunDurationMs >= 650 ? "limited" : "not limited" };
}
