// Redirects: 0 follows none.
import http from "k6/http";
import { check } from "k6";

const url = __ENV.URL;

export default function () {
  const response = http.get(`${url}/redirect/2`, { redirects: 0 });
  check(response, { "is the redirect": (r) => r.status === 302 && r.headers.Location === "/redirect/1" });
}
