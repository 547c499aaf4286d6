// MaxRedirects ends a chain of redirects.
import http from "k6/http";
import { check } from "k6";

export const options = { maxRedirects: 2 };

const url = __ENV.URL;

export default function () {
  check(http.get(`${url}/redirect/5`), { "is a redirect": (r) => r.status === 302 });
}
