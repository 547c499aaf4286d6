// From a trickle to the full rate, a plateau, and down again: where does the target begin to bend?
//
//   loadline run scenarios/ramp.ts -e BASE_URL=http://127.0.0.1:8080 -e PEAK=2000
//
// BASE_URL  the target, default http://127.0.0.1:8080
// PEAK      requests a second on the plateau, default 1000
// STEP      length of each of the three stages, default 20s
import { check } from "k6";
import http from "k6/http";
import type { Options } from "k6/options";

const baseUrl = (__ENV.BASE_URL || "http://127.0.0.1:8080").replace(/\/+$/, "");
const peak = Number(__ENV.PEAK || 1000);
const step = __ENV.STEP || "20s";

export const options: Options = {
  scenarios: {
    ramp: {
      executor: "ramping-arrival-rate",
      startRate: Math.ceil(peak / 20),
      timeUnit: "1s",
      preAllocatedVUs: 100,
      maxVUs: 400,
      stages: [
        { duration: step, target: peak },
        { duration: step, target: peak },
        { duration: step, target: 0 },
      ],
    },
  },
  thresholds: {
    http_req_duration: [{ threshold: "p(95)<200", abortOnFail: true, delayAbortEval: "10s" }],
    http_req_failed: ["rate<0.001"],
  },
};

export default function () {
  const id = 1 + Math.floor(Math.random() * 1000);
  const response = http.get(`${baseUrl}/api/items/${id}`, { tags: { name: "/api/items/:id" } });
  check(response, { "status is 200": (r) => r.status === 200 });
}
