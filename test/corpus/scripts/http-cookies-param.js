// Cookies of a request are sent with it alone.
import http from "k6/http";

const url = __ENV.URL;

export default function () {
  http.get(`${url}/1`, { cookies: { a: "1", b: { value: "2", replace: true } } });
  http.get(`${url}/2`);
}
