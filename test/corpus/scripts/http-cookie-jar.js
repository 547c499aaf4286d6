// The jar of a user can be read and filled.
import http from "k6/http";
import { check } from "k6";

const url = __ENV.URL;

export default function () {
  const jar = http.cookieJar();
  jar.set(url, "mine", "1");
  http.get(`${url}/`);
  check(jar.cookiesForURL(url), { "is kept": (cookies) => cookies.mine[0] === "1" });
  jar.delete(url, "mine");
  http.get(`${url}/`);
}
