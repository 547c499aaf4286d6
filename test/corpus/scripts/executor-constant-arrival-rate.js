// Iterations start at a fixed rate.
import http from "k6/http";

export const options = {
  scenarios: {
    steady: { executor: "constant-arrival-rate", rate: 20, duration: "1s", preAllocatedVUs: 5 },
  },
};

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
