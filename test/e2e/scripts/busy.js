// More work in the script than one thread can do: the target answers at once, and the VUs are busy all the same.
import http from "k6/http";

export const options = {
  scenarios: {
    busy: { executor: "constant-arrival-rate", rate: 200, duration: "4s", preAllocatedVUs: 5, maxVUs: 5 },
  },
};

export default function () {
  http.get(`${__ENV.BASE_URL}/health`);
  const endMs = Date.now() + 20;
  while (Date.now() < endMs);
}
