// An object as body is sent as a form.
import http from "k6/http";

const url = __ENV.URL;

export default function () {
  http.post(`${url}/echo`, { a: "1 2", b: "ü&" });
}
