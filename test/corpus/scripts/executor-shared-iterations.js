// Users share the iterations.
import http from "k6/http";

export const options = { vus: 2, iterations: 7 };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
