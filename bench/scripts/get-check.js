// The smallest honest load: one GET and one check an iteration. Runs under k6 and under loadline.
import { check } from "k6";
import http from "k6/http";

const rate = Number(__ENV.RATE || 1000);

export const options = {
  scenarios: {
    get: {
      executor: "constant-arrival-rate",
      rate,
      timeUnit: "1s",
      duration: __ENV.DURATION || "15s",
      preAllocatedVUs: Number(__ENV.VUS || 50),
      maxVUs: Number(__ENV.VUS || 50),
    },
  },
};

export default function () {
  const response = http.get(`${__ENV.BASE_URL}/`);
  check(response, { "status is 200": (r) => r.status === 200 });
}
