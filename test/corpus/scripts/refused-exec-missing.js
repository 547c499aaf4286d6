// A scenario whose function is not exported is refused.
import http from "k6/http";

export const options = { scenarios: { a: { executor: "shared-iterations", exec: "nowhere" } } };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
