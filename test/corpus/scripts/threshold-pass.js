// Thresholds that hold give exit code 0.
import http from "k6/http";

export const options = { thresholds: { http_req_duration: ["p(95)<5000", "max<5000"], http_req_failed: ["rate<0.01"] } };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
