// Fail ends the iteration with its reason, not the run.
import http from "k6/http";
import { fail } from "k6";

export const options = { iterations: 2 };

const url = __ENV.URL;

export default function () {
  http.get(`${url}/before`);
  fail("cannot go on");
  http.get(`${url}/after`);
}
