// All tags of a threshold must match.
import http from "k6/http";

export const options = { thresholds: { "http_reqs{a:1,b:2}": ["count==1"] } };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`, { tags: { a: "1", b: "2" } });
  http.get(`${url}/`, { tags: { a: "1" } });
}
