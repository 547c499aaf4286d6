// --no-thresholds judges none.
import http from "k6/http";

export const options = { thresholds: { http_reqs: ["count>5"] } };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
