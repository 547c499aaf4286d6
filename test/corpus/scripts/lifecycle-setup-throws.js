// An exception in setup ends the run: no iteration, no teardown.
import http from "k6/http";

export function setup() {
  throw new Error("no database");
}

export default function () {
  http.get(`${__ENV.URL}/never`);
}

export function teardown() {
  http.get(`${__ENV.URL}/teardown`);
}
