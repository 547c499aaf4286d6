// A rate of 0 is refused.
import http from "k6/http";

export const options = { scenarios: { a: { executor: "constant-arrival-rate", rate: 0, duration: "1s", preAllocatedVUs: 1 } } };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
