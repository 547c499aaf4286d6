// An iteration under way may finish within its grace.
import http from "k6/http";
import { sleep } from "k6";

export const options = {
  scenarios: { slow: { executor: "constant-vus", duration: "1s", gracefulStop: "5s" } },
};

const url = __ENV.URL;

export default function () {
  sleep(1.3);
  http.get(`${url}/done`);
}
