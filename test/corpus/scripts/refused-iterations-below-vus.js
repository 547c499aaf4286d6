// Fewer shared iterations than users are refused.
import http from "k6/http";

export const options = { vus: 5, iterations: 2 };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
