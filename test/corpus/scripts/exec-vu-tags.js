// Tags of the user are on its later samples.
import http from "k6/http";
import exec from "k6/execution";

export const options = { thresholds: { "http_reqs{step:two}": ["count==1"] } };

export default function () {
  http.get(`${__ENV.URL}/1`);
  exec.vu.metrics.tags.step = "two";
  http.get(`${__ENV.URL}/2`);
}
