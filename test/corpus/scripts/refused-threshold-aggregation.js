// A threshold with another type of metric's aggregation is refused.
import http from "k6/http";

export const options = { thresholds: { http_reqs: ["p(95)<1"] } };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
