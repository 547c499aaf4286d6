// An exception leaves its groups.
import http from "k6/http";
import { group } from "k6";

export const options = { iterations: 2, thresholds: { "http_reqs{group:}": ["count==2"] } };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
  group("a", () => {
    throw new Error("out");
  });
}
