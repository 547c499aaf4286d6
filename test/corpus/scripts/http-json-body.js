// Text as body is sent as it is.
import http from "k6/http";

const url = __ENV.URL;

export default function () {
  http.post(`${url}/echo`, JSON.stringify({ a: 1 }), { headers: { "Content-Type": "application/json" } });
}
