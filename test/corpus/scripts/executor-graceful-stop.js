// An iteration that outlives its grace is interrupted and not counted.
import http from "k6/http";
import { sleep } from "k6";

export const options = {
  scenarios: { stuck: { executor: "constant-vus", duration: "1s", gracefulStop: "0s" } },
};

const url = __ENV.URL;

export default function () {
  http.get(`${url}/before`);
  sleep(20);
  http.get(`${url}/after`);
}
