// A shortcut flag replaces the scenarios, with a warning.
import http from "k6/http";

export const options = { scenarios: { a: { executor: "shared-iterations", iterations: 5 } } };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
