// Tags of the run are on every sample.
import http from "k6/http";

export const options = { tags: { team: "blue" }, thresholds: { "http_reqs{team:blue}": ["count==1"], "iterations{team:blue}": ["count==1"] } };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
