// --summary-export writes values inline, and a threshold is true when it failed.
import { check } from "k6";

export const options = { thresholds: { iterations: ["count>0", "count>5"] } };

export default function () {
  check(1, { one: (n) => n === 1 });
}
