// A request that takes too long ends with code 1050.
import http from "k6/http";
import { check } from "k6";

const url = __ENV.URL;

export default function () {
  const response = http.get(`${url}/delay/3000`, { timeout: "200ms" });
  check(response, { "timed out": (r) => r.status === 0 && r.error_code === 1050 && r.error !== "" });
  http.get(`${url}/`);
}
