import { check } from "k6";
import http from "k6/http";

export const options = { hosts: { "api.shop.test": __ENV.URL.slice("http://".length) } };

export default function () {
  check(http.get("http://api.shop.test/x"), { "reached without the proxy": (r) => r.status === 200 });
}
