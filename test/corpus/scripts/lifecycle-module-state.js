// Variables of the module last for all iterations of one user.
import http from "k6/http";

export const options = { scenarios: { a: { executor: "per-vu-iterations", vus: 2, iterations: 3 } } };

let count = 0;

export default function () {
  http.get(`${__ENV.URL}/${__VU}/${count}`);
  count += 1;
}
