// A body is text, bytes, or nothing.
import http from "k6/http";
import { check } from "k6";

const url = __ENV.URL;

export default function () {
  check(http.get(`${url}/bytes/4`, { responseType: "binary" }), { bytes: (r) => new Uint8Array(r.body).join() === "7,7,7,7" });
  check(http.get(`${url}/bytes/4`, { responseType: "none" }), { nothing: (r) => r.body === null });
  check(http.get(`${url}/`), { text: (r) => r.body === "ok" });
}
