// Shortcuts and scenarios in one script are refused.
import http from "k6/http";

export const options = { vus: 2, scenarios: { a: { executor: "shared-iterations" } } };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
