// A value that is no number is left out.
import { Trend } from "k6/metrics";

const trend = new Trend("odd");

export default function () {
  trend.add(Number.NaN);
  trend.add(5);
}
