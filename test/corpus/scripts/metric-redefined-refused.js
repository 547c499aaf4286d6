// A name belongs to one kind of metric.
import { Counter, Trend } from "k6/metrics";

new Counter("twice");
new Trend("twice");

export default function () {}
