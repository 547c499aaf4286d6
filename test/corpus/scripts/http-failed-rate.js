// Answers from 200 to 399 are expected, others failed.
import http from "k6/http";

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
  http.get(`${url}/status/399`);
  http.get(`${url}/status/404`);
  http.get(`${url}/status/500`);
}
