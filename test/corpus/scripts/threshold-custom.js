// Thresholds judge metrics of the script.
import { Counter, Gauge, Rate, Trend } from "k6/metrics";

export const options = { iterations: 4, thresholds: { waits: ["avg==2.5", "max==4", "med<2.51", "p(100)==4"], hits: ["count==4"], share: ["rate==0.5"], level: ["value==4"] } };

const waits = new Trend("waits");
const hits = new Counter("hits");
const share = new Rate("share");
const level = new Gauge("level");
let n = 0;

export default function () {
  n += 1;
  waits.add(n);
  hits.add(1);
  share.add(n % 2 === 0);
  level.add(n);
}
