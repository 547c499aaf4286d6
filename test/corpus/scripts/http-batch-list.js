// Batch sends a list and answers in its order.
import http from "k6/http";
import { check } from "k6";

const url = __ENV.URL;

export default function () {
  const [a, b, c] = http.batch([`${url}/a`, ["POST", `${url}/b`, "x"], { method: "PUT", url: `${url}/c`, body: "y" }]);
  check(null, { order: () => a.url.endsWith("/a") && b.url.endsWith("/b") && c.url.endsWith("/c") });
}
