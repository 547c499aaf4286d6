// The number of users rises along its stages.
import http from "k6/http";
import { sleep } from "k6";

export const options = {
  scenarios: {
    ramp: { executor: "ramping-vus", startVUs: 1, gracefulRampDown: "0s", stages: [{ duration: "1s", target: 4 }] },
  },
};

const url = __ENV.URL;

export default function () {
  http.get(`${url}/${__VU}`);
  sleep(0.2);
}
