// A threshold may look at the requests with a tag only.
import http from "k6/http";

export const options = { thresholds: { "http_req_failed{status:404}": ["rate==1"], "http_reqs{status:200}": ["count==2"] } };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
  http.get(`${url}/`);
  http.get(`${url}/status/404`);
}
