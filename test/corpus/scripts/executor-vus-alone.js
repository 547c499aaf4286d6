// Vus alone says nothing: one iteration is made, with a warning.
import http from "k6/http";

export const options = { vus: 3 };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
