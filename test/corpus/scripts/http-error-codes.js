// An answer's error code tells what went wrong.
import http from "k6/http";
import { check } from "k6";

const url = __ENV.URL;

export default function () {
  check(http.get(`${url}/status/404`), { "1404": (r) => r.error_code === 1404 && r.error === "" });
  check(http.get("http://127.0.0.1:1/"), { "1212": (r) => r.error_code === 1212 && r.status === 0 });
  check(http.get("no url"), { "1020": (r) => r.error_code === 1020 });
}
