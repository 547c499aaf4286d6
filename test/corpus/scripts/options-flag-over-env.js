// A flag wins over the environment.
import http from "k6/http";

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
