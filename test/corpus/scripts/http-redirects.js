// Redirects are followed, each hop is a request of its own.
import http from "k6/http";
import { check } from "k6";

const url = __ENV.URL;

export default function () {
  const response = http.get(`${url}/redirect/2`);
  check(response, { "is at the end": (r) => r.status === 200 && r.url === `${url}/end` });
}
