// Check says whether all of its conditions hold.
import http from "k6/http";
import { check } from "k6";

const url = __ENV.URL;

export default function () {
  const good = check(1, { a: () => true, b: () => true });
  const bad = check(1, { c: () => true, d: () => false });
  http.get(`${url}/${good}/${bad}`);
}
