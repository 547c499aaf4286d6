// A sample of a metric may have tags.
import { Counter } from "k6/metrics";

export const options = { thresholds: { "seen{place:a}": ["count==2"], "seen{place:b}": ["count==5"] } };

const seen = new Counter("seen");

export default function () {
  seen.add(2, { place: "a" });
  seen.add(5, { place: "b" });
}
