// SystemTags decide which tags a sample has.
import http from "k6/http";

export const options = {
  systemTags: ["method"],
  thresholds: { "http_reqs{method:GET}": ["count==1"], "http_reqs{status:200}": ["count==0"] },
};

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
