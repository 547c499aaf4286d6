import type { ComparisonRow } from "../model/comparison.js";
import { formatBytes, formatMs } from "../model/units.js";

/** A ratio as a percentage without a sign, small ones kept visible: 0.0312 -> "3.1 %", 0.00042 -> "0.042 %". */
export function percentWords(ratio: number): string {
  const percent = Math.abs(ratio) * 100;
  if (percent >= 1000) return `${Number(percent.toPrecision(2)).toLocaleString("en-US")} %`;
  return `${Number(percent >= 1 ? percent.toFixed(1) : percent.toPrecision(2))} %`;
}

/** The size of a change, in percentage points where the value itself is a ratio. */
export function sizeWords(change: number, unit: ComparisonRow["unit"]): string {
  if (unit !== "ratio") return percentWords(change);
  return `${percentWords(change).slice(0, -2)} percentage points`;
}

/** The distance between two percentages of one thing: 0.44 -> "44 points", 0.01 -> "1 point". */
export function pointWords(difference: number): string {
  const number = percentWords(difference).slice(0, -2);
  return `${number} point${number === "1" ? "" : "s"}`;
}

/** A change with its sign: "+3.1 %". */
export function signedWords(change: number, unit: ComparisonRow["unit"]): string {
  return `${change > 0 ? "+" : change < 0 ? "−" : "±"}${sizeWords(change, unit)}`;
}

/** A row's value with its unit: "15.2ms", "0.12 %", "1000/s". */
export function valueWords(value: number, unit: ComparisonRow["unit"]): string {
  switch (unit) {
    case "ms":
      return formatMs(value);
    case "ratio":
      return percentWords(value);
    case "per second":
      return `${Number(value.toPrecision(5))}/s`;
    case "bytes":
      return formatBytes(Math.round(value));
    case "cores":
      return `${Number(value.toPrecision(3))} cores`;
    case "count":
      return String(Number(value.toPrecision(4)));
  }
}

/** "1 run", "3 runs". */
export function countWords(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
