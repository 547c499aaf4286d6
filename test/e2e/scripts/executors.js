// Every executor at once, each on a path of its own; the server notes who asked and when.

import { sleep } from "k6";
import exec from "k6/execution";
import http from "k6/http";

const open = { preAllocatedVUs: 30, exec: "ask" };

export const options = {
  systemTags: ["scenario"],
  thresholds: {
    "iteration_duration{scenario:constant-vus}": ["avg>0"],
    "iteration_duration{scenario:ramping-vus}": ["avg>0"],
  },
  scenarios: {
    "constant-arrival-rate": { executor: "constant-arrival-rate", rate: 100, duration: "5500ms", ...open },
    "ramping-arrival-rate": {
      executor: "ramping-arrival-rate",
      startRate: 20,
      stages: [
        { target: 120, duration: "3s" },
        { target: 120, duration: "1500ms" },
        { target: 0, duration: "1s" },
      ],
      ...open,
    },
    "constant-vus": { executor: "constant-vus", vus: 4, duration: "5400ms", exec: "askAndRest" },
    // No step falls near a whole second, where the run folder notes the VUs.
    "ramping-vus": {
      executor: "ramping-vus",
      startVUs: 0,
      stages: [
        { target: 6, duration: "1800ms" },
        { target: 6, duration: "300ms" },
        { target: 0, duration: "3s" },
      ],
      exec: "askAndRest",
    },
    "per-vu-iterations": { executor: "per-vu-iterations", vus: 5, iterations: 9, exec: "askAndRest" },
    "shared-iterations": { executor: "shared-iterations", vus: 6, iterations: 50, exec: "askAndRest" },
  },
};

export function ask() {
  http.get(`${__ENV.BASE_URL}/${exec.scenario.name}/${exec.vu.idInTest}`);
}

export function askAndRest() {
  ask();
  // Fits into the time of no VU a whole number of times, so that a little more or less makes no difference.
  sleep(0.275);
}
