// A threshold that cannot be parsed is refused.
import http from "k6/http";

export const options = { thresholds: { http_req_duration: ["p(95) is small"] } };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
