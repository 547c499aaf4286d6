// The stage helpers of k6-utils tag requests with the stage that they fall into.
import http from "k6/http";
import { sleep } from "k6";
import { tagWithCurrentStageIndex, tagWithCurrentStageProfile } from "https://jslib.k6.io/k6-utils/1.3.0/index.js";

export const options = {
  scenarios: {
    ramp: {
      executor: "ramping-vus",
      startVUs: 1,
      gracefulStop: "0s",
      stages: [
        { duration: "1s", target: 2 },
        { duration: "1s", target: 2 },
      ],
    },
  },
  thresholds: {
    "http_reqs{stage:0}": ["count>0"],
    "http_reqs{stage:1}": ["count>0"],
    "http_reqs{stage_profile:ramp-up}": ["count>0"],
    "http_reqs{stage_profile:steady}": ["count>0"],
  },
};

export default function () {
  tagWithCurrentStageIndex();
  tagWithCurrentStageProfile();
  http.get(`${__ENV.URL}/a`);
  sleep(0.1);
}
