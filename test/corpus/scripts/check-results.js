// A failed check is counted and does not fail the run.
import http from "k6/http";
import { check } from "k6";

const url = __ENV.URL;

export default function () {
  const response = http.get(`${url}/status/404`);
  check(response, { "is 404": (r) => r.status === 404, "is 200": (r) => r.status === 200 });
}
