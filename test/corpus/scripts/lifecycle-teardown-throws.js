// An exception in teardown is the run's exit code.
import http from "k6/http";

export default function () {
  http.get(`${__ENV.URL}/`);
}

export function teardown() {
  throw new Error("cannot clean up");
}
