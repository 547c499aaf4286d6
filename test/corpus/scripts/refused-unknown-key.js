// An unknown key of a scenario is refused.
import http from "k6/http";

export const options = { scenarios: { a: { executor: "shared-iterations", iteration: 3 } } };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
