// Every executor at once, each on a path of its own; the server notes who asked and when.

import { sleep } from "k6";
import exec from "k6/execution";
import http from "k6/http";

const open = { preAllocatedVUs: 30, exec: "ask" };

export const options = {
  systemTags: ["scenario"],
  thresholds: { "iteration_duration{scenario:constant-vus}": ["avg>0"] },
  scenarios: {
    "constant-arrival-rate": { executor: "constant-arrival-rate", rate: 100, duration: "5s", ...open },
    "ramping-arrival-rate": {
      executor: "ramping-arrival-rate",
      startRate: 20,
      stages: [
        { target: 120, duration: "3s" },
        { target: 120, duration: "1s" },
        { target: 0, duration: "1s" },
      ],
      ...open,
    },
    "constant-vus": { executor: "constant-vus", vus: 4, duration: "5s", exec: "askAndRest" },
    "ramping-vus": {
      executor: "ramping-vus",
      startVUs: 0,
      stages: [
        { target: 10, duration: "2s" },
        { target: 10, duration: "1s" },
        { target: 0, duration: "2s" },
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
  sleep(0.05);
}
