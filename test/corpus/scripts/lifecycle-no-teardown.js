// --no-teardown leaves teardown out.
import http from "k6/http";

export function setup() {
  http.get(`${__ENV.URL}/setup`);
}

export default function () {
  http.get(`${__ENV.URL}/`);
}

export function teardown() {
  http.get(`${__ENV.URL}/teardown`);
}
