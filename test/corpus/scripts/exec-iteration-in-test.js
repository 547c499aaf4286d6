// IterationInTest is unique over all users.
import http from "k6/http";
import exec from "k6/execution";

export const options = { vus: 3, iterations: 6 };

export default function () {
  http.get(`${__ENV.URL}/${exec.scenario.iterationInTest}`);
}
