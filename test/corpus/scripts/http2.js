import { check } from "k6";
import http from "k6/http";

export const options = {
  insecureSkipTLSVerify: true,
  thresholds: { "http_reqs{proto:HTTP/2.0}": ["count==2"] },
};

export default function () {
  const res = http.post(`${__ENV.SECURE_URL}/echo`, "a body", { headers: { "x-own": "1" } });
  check(res, {
    "spoken because it was offered": (r) => r.proto === "HTTP/2.0",
    "headers in canonical case": (r) => r.headers["Content-Type"] === "application/json",
    "a text for the status": (r) => r.status_text === "200 OK",
    "the body arrived": (r) => r.json("body") === "a body",
    "tls is shown": (r) => r.tls_version === "tls1.3" && /^TLS_/.test(r.tls_cipher_suite),
    "parts of the time": (r) => r.timings.waiting > 0 && r.timings.tls_handshaking > 0,
  });
  const missing = http.get(`${__ENV.SECURE_URL}/status/404`);
  check(missing, { "a status has its code": (r) => r.status === 404 && r.error_code === 1404 });
}
