// A name tag groups URLs.
import http from "k6/http";

export const options = { thresholds: { "http_reqs{name:item}": ["count==3"] } };

const url = __ENV.URL;

export default function () {
  for (let id = 0; id < 3; id += 1) http.get(`${url}/items/${id}`, { tags: { name: "item" } });
}
