// A function may call itself with requests in between.
import http from "k6/http";
import { check } from "k6";

const url = __ENV.URL;

export default function () {
  const walk = (n) => (n === 0 ? 0 : http.get(`${url}/${n}`).status + walk(n - 1));
  check(walk(3), { "all three": (sum) => sum === 600 });
}
