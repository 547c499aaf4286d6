import type { ComparisonRow, Verdict } from "../model/comparison.js";
import { formatBytes, formatMs } from "../model/units.js";

/** Thousands separated: 60000 -> "60,000". */
export function formatCount(count: number): string {
  const digits = String(Math.abs(Math.round(count)));
  const grouped = digits.replace(/\B(?=(\d{3})+$)/g, ",");
  return count < 0 ? `-${grouped}` : grouped;
}

/** A count with its noun: "1 sample", "60,000 samples". */
export function formatCounted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${Math.round(count) === 1 ? "" : "s"}`;
}

/** Up to four significant digits, thousands separated: 999.98 -> "1,000", 0.1234567 -> "0.1235". */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return Math.abs(value) >= 1000 ? formatCount(value) : String(Number(value.toPrecision(4)));
}

/** A ratio as a percentage that keeps what is rare visible at both ends: 0.0004 -> "0.04 %", 0.99983 -> "99.983 %". */
export function formatPercent(ratio: number): string {
  const percent = ratio * 100;
  const fromEnd = Math.min(Math.abs(percent), percent === 100 ? 100 : Math.abs(100 - percent));
  const digits = fromEnd >= 10 ? 1 : fromEnd >= 0.1 ? 2 : 4;
  return `${Number(percent.toFixed(digits))} %`;
}

/** k6's `summaryTimeUnit`; "" leaves the unit to the size. */
export type TimeUnit = "" | "s" | "ms" | "us";

/** A time in the unit that the script asked for: (1234.5, "s") -> "1.23s"; without one as {@link formatMs}. */
export function formatTime(ms: number, unit: TimeUnit): string {
  if (unit === "" || !Number.isFinite(ms)) return formatMs(ms);
  const [factor, name] = { s: [1e-3, "s"] as const, ms: [1, "ms"] as const, us: [1e3, "µs"] as const }[unit];
  return `${(ms * factor).toFixed(2)}${name}`;
}

/** A value of a comparison row, with its unit; "–" where there is none. */
export function formatValue(value: number | null, unit: ComparisonRow["unit"]): string {
  if (value === null) return "–";
  switch (unit) {
    case "ms":
      return formatMs(value);
    case "ratio":
      return formatPercent(value);
    case "per second":
      return `${formatNumber(value)}/s`;
    case "bytes":
      return formatBytes(value);
    case "cores":
      return `${formatNumber(value)} cores`;
    case "count":
      return formatNumber(value);
  }
}

/** A change with its sign: "+4.2 %"; percentage points where the value itself is a ratio: "+0.05 pp". */
export function formatChange(change: number | null, unit: ComparisonRow["unit"]): string {
  if (change === null) return "–";
  const percent = change * 100;
  const digits = Math.abs(percent) >= 10 ? 1 : 2;
  const number = Number(percent.toFixed(digits));
  return `${number > 0 ? "+" : ""}${number === 0 ? 0 : number} ${unit === "ratio" ? "pp" : "%"}`;
}

/** "−1.2 % … +4.0 %", or "–". */
export function formatInterval(row: ComparisonRow): string {
  if (row.interval === null) return "–";
  return `${formatChange(row.interval.low, row.unit)} … ${formatChange(row.interval.high, row.unit)}`;
}

/** Whether the change cannot be told from noise: the interval holds zero. */
export function isNoise(row: ComparisonRow): boolean {
  return row.interval !== null && row.interval.low <= 0 && row.interval.high >= 0;
}

/** Each word has its own shape, so that colour is never needed to tell them apart. */
export const verdictMarks: Readonly<Record<Verdict | "fail", string>> = {
  pass: "✓",
  improved: "▲",
  regressed: "▼",
  inconclusive: "?",
  fail: "✗",
};

/** Seconds since the start as a clock: 75 -> "1:15", 3700 -> "1:01:40". */
export function formatClock(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** A name of at most that many characters; what it begins and ends with tells names apart, so the middle goes. */
export function cutInMiddle(text: string, width: number): string {
  if (text.length <= width) return text;
  const kept = Math.max(2, width) - 1;
  const start = Math.ceil(kept / 2);
  return `${text.slice(0, start)}…${text.slice(text.length - (kept - start))}`;
}

/** What a side of a comparison is made of: "a single run", "the mean of 3 runs". */
export function runsWords(count: number): string {
  return count === 1 ? "a single run" : `the mean of ${count} runs`;
}
