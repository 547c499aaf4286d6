// Test.abort ends the run with its own exit code.
import http from "k6/http";
import exec from "k6/execution";

export const options = { iterations: 100 };

export default function () {
  http.get(`${__ENV.URL}/`);
  if (exec.scenario.iterationInTest === 1) exec.test.abort("enough seen");
  http.get(`${__ENV.URL}/rest`);
}

export function teardown() {
  http.get(`${__ENV.URL}/teardown`);
}
