// A setup that takes too long ends the run.
import http from "k6/http";
import { sleep } from "k6";

export const options = { setupTimeout: "300ms" };

export function setup() {
  sleep(5);
}

export default function () {
  http.get(`${__ENV.URL}/never`);
}
