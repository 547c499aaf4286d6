import { check } from "k6";
import http from "k6/http";

export const options = { insecureSkipTLSVerify: true };

export default function () {
  check(http.get(`${__ENV.SECURE_URL}/x`), { "HTTP/1.1": (r) => r.proto === "HTTP/1.1" });
}
