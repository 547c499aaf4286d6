// Json takes a path.
import http from "k6/http";
import { check } from "k6";

const url = __ENV.URL;

export default function () {
  const response = http.get(`${url}/json`);
  check(response, {
    whole: (r) => r.json().user.name === "Ada",
    path: (r) => r.json("user.name") === "Ada",
    index: (r) => r.json("list.1") === 2,
    length: (r) => r.json("list.#") === 3,
    missing: (r) => r.json("user.age") === undefined,
  });
}
