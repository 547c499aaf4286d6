// Requests carry the path of their group.
import http from "k6/http";
import { group, sleep } from "k6";

export const options = { thresholds: { "http_reqs{group:::a::b}": ["count==1"], "http_reqs{group:::a}": ["count==1"], "group_duration{group:::a}": ["avg>=100"] } };

const url = __ENV.URL;

export default function () {
  group("a", () => {
    http.get(`${url}/1`);
    sleep(0.1);
    group("b", () => http.get(`${url}/2`));
  });
  http.get(`${url}/3`);
}
