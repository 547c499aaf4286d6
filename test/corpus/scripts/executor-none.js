// Without options, one user makes one iteration.
import http from "k6/http";

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
