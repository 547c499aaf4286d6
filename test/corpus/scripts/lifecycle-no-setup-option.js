// NoSetup and noTeardown are options, too.
import http from "k6/http";

export const options = { noSetup: true, noTeardown: true };

export function setup() {
  http.get(`${__ENV.URL}/setup`);
}

export default function () {
  http.get(`${__ENV.URL}/`);
}

export function teardown() {
  http.get(`${__ENV.URL}/teardown`);
}
