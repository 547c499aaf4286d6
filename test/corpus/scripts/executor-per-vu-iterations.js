// Each user makes all iterations of its own.
import http from "k6/http";

export const options = {
  scenarios: { each: { executor: "per-vu-iterations", vus: 3, iterations: 2 } },
};

const url = __ENV.URL;

export default function () {
  http.get(`${url}/${__VU}/${__ITER}`);
}
