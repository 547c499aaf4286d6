// A request may use a jar of its own.
import http from "k6/http";

const url = __ENV.URL;

export default function () {
  const jar = new http.CookieJar();
  jar.set(url, "own", "1");
  http.get(`${url}/`, { jar });
  http.get(`${url}/`);
}
