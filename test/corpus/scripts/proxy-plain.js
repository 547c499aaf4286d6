import { check } from "k6";
import http from "k6/http";

export default function () {
  check(http.get("http://shop.test/json"), { "through the proxy": (r) => r.json("user.name") === "Ada" });
  check(http.get(`${__ENV.URL}/straight`), { "this machine without it": (r) => r.status === 200 });
}
