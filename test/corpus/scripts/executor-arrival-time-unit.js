// A rate counts for its time unit.
import http from "k6/http";

export const options = {
  scenarios: {
    steady: { executor: "constant-arrival-rate", rate: 24, timeUnit: "2s", duration: "1s", preAllocatedVUs: 5 },
  },
};

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
