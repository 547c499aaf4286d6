// A crossed threshold gives exit code 99.
import http from "k6/http";

export const options = { thresholds: { http_reqs: ["count>5"] } };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
