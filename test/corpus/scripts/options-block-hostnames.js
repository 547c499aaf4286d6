// A blocked host is not reached.
import http from "k6/http";
import { check } from "k6";

export const options = { blockHostnames: ["*.test", "localhost"], hosts: { "shop.test": "127.0.0.1" } };

const url = __ENV.URL;

export default function () {
  const blocked = http.get("http://shop.test:1/");
  check(blocked, { "is refused": (r) => r.status === 0 && r.error_code === 1111 });
  http.get(`${url}/`);
}
