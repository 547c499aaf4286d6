// A threshold of a metric without a sample is judged as 0, with a warning.
import http from "k6/http";

export const options = { thresholds: { "http_req_duration{name:nothing}": ["p(95)<100"] } };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
