// AbortOnFail ends the run early.
import http from "k6/http";
import { sleep } from "k6";

export const options = {
  vus: 1,
  duration: "20s",
  thresholds: { http_req_failed: [{ threshold: "rate<0.5", abortOnFail: true }] },
};

const url = __ENV.URL;

export default function () {
  http.get(`${url}/status/500`);
  sleep(0.1);
}
