// With throw, a request that fails raises an exception.
import http from "k6/http";
import { check } from "k6";

export const options = { throw: true };

const url = __ENV.URL;

export default function () {
  let thrown = false;
  try {
    http.get(`${url}/drop`);
  } catch {
    thrown = true;
  }
  check(thrown, { "was thrown": (t) => t });
  http.get(`${url}/after`);
}
