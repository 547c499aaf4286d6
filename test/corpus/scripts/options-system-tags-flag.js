// --system-tags names the tags that samples get by themselves.
import http from "k6/http";

export const options = {
  thresholds: { "http_reqs{status:200}": ["count==1"], "http_reqs{method:GET}": ["count==0"] },
};

export default function () {
  http.get(`${__ENV.URL}/a`);
}
