// An exception in a condition ends the iteration, not the run.
import http from "k6/http";
import { check } from "k6";

export const options = { iterations: 2 };

const url = __ENV.URL;

export default function () {
  check(null, { "looks inside": (r) => r.status === 200 });
  http.get(`${url}/after`);
}
