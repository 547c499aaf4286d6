// Vus alone is that many shared iterations.
import http from "k6/http";

export const options = { vus: 3 };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
