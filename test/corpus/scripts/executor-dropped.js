// An arrival without a free user is dropped and counted, never queued.
import http from "k6/http";

export const options = {
  scenarios: {
    starved: { executor: "constant-arrival-rate", rate: 10, duration: "1s", preAllocatedVUs: 1, maxVUs: 1 },
  },
};

const url = __ENV.URL;

export default function () {
  http.get(`${url}/delay/450`);
}
