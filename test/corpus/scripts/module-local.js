// Local modules are imported, with state of their own per user.
import http from "k6/http";
import { next, path } from "./data/module.js";

export const options = { scenarios: { a: { executor: "per-vu-iterations", vus: 2, iterations: 2 } } };

export default function () {
  http.get(`${__ENV.URL}${path(__VU)}/${next()}`);
}
