// Test.abort in setup leaves no iteration.
import http from "k6/http";
import exec from "k6/execution";

export function setup() {
  exec.test.abort("not today");
}

export default function () {
  http.get(`${__ENV.URL}/`);
}
