// Tags can be given as flags.
import http from "k6/http";

export const options = { thresholds: { "http_reqs{build:17}": ["count==1"] } };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
