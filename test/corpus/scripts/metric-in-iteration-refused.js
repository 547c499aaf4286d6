// Metrics are made at the top of the script only.
import http from "k6/http";
import { Counter } from "k6/metrics";

export default function () {
  new Counter("late");
  http.get(`${__ENV.URL}/after`);
}
