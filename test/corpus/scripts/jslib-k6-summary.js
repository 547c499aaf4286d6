// The texts of k6-summary are built in.
import { check } from "k6";
import { jUnit, textSummary } from "https://jslib.k6.io/k6-summary/0.0.2/index.js";

export const options = { thresholds: { iterations: ["count>0", "count>9"] } };

export default function () {
  check(1, { fine: () => true });
}

export function handleSummary(data) {
  return { stdout: textSummary(data, { indent: "  ", enableColors: false }), "junit.xml": jUnit(data) };
}
