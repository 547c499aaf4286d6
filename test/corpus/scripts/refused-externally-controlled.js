// The executor that k6 gave up is refused with its replacements.
import http from "k6/http";

export const options = { scenarios: { a: { executor: "externally-controlled", vus: 1, duration: "1s" } } };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/`);
}
