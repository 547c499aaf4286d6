import { check } from "k6";
import http from "k6/http";

export default function () {
  const res = http.get("https://shop.test/");
  check(res, {
    "no response": (r) => r.status === 0 && r.error_code === 1000,
    "the proxy is named": (r) => r.error.includes("proxy"),
  });
}
