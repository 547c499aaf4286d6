// A client certificate that cannot be read is refused before anything is sent.
import http from "k6/http";

export const options = { tlsAuth: [{ cert: "no certificate", key: "no key" }] };

export default function () {
  http.get(`${__ENV.URL}/`);
}
