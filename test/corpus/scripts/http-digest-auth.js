// Digest authentication answers the challenge.
import http from "k6/http";
import { check } from "k6";

const url = __ENV.URL;

export default function () {
  const response = http.get(`${url.replace("http://", "http://user:pass@")}/digest`, { auth: "digest" });
  check(response, { "is let in": (r) => r.status === 200 });
}
