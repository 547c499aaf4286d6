// The rate rises along its stages.
import http from "k6/http";

export const options = {
  scenarios: {
    ramp: {
      executor: "ramping-arrival-rate",
      startRate: 0,
      preAllocatedVUs: 5,
      stages: [{ duration: "1s", target: 40 }],
    },
  },
};

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
