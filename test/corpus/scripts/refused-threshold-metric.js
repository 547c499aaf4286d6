// A threshold of a metric that does not exist is refused.
import http from "k6/http";

export const options = { thresholds: { http_req_dration: ["p(95)<1"] } };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
