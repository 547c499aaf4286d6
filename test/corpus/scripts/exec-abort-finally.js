// Test.abort does not run finally blocks.
import http from "k6/http";
import exec from "k6/execution";

export default function () {
  try {
    exec.test.abort("now");
  } catch {
    http.get(`${__ENV.URL}/catch`);
  } finally {
    http.get(`${__ENV.URL}/finally`);
  }
}
