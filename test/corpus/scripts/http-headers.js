// Headers of a request are sent.
import http from "k6/http";

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`, { headers: { "X-One": "1", "x-two": "2" } });
}
