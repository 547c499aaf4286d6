// A teardown that takes too long has its own exit code.
import http from "k6/http";
import { sleep } from "k6";

export const options = { teardownTimeout: "300ms" };

export default function () {
  http.get(`${__ENV.URL}/`);
}

export function teardown() {
  sleep(5);
}
