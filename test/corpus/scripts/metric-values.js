// Each kind of metric adds up in its own way.
import exec from "k6/execution";
import { Counter, Gauge, Rate, Trend } from "k6/metrics";

export const options = { iterations: 3 };

const total = new Counter("total");
const last = new Gauge("last");
const ok = new Rate("ok");
const times = new Trend("times", true);

export default function () {
  const n = exec.scenario.iterationInTest;
  total.add(10);
  last.add(n);
  ok.add(n > 0);
  times.add(n * 100);
}
