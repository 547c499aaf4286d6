// Test.fail marks the run and lets it go on.
import http from "k6/http";
import exec from "k6/execution";

export const options = { iterations: 2 };

export default function () {
  exec.test.fail("wrong totals");
  http.get(`${__ENV.URL}/`);
}
