import type { Trend } from "../model/history.js";
import { plainText } from "./escape.js";
import { formatChange, formatValue, verdictMarks } from "./format.js";
import { painter } from "./paint.js";

const bars = "▁▂▃▄▅▆▇█";
const mostRows = 20;

/** A trend for a terminal: a line of bars, its change points in words, the newest points as a table. */
export function renderTrend(trend: Trend, options: { readonly color: boolean; readonly width: number }): string {
  const paint = painter(options.color);
  const { points, changePoints, unit, every } = trend;
  const wide = points.slice(-Math.max(10, options.width - 4));
  const from = points.length - wide.length;
  const values = wide.flatMap(({ value }) => (value === null ? [] : [value]));
  const marks = wide.map((_, i) => (changePoints.some(({ index }) => index === from + i) ? "^" : " ")).join("");
  const what = trend.statistic === "value" ? trend.metric : `${trend.metric} ${trend.statistic}`;
  const unitOfTime = points.length === 1 ? every : `${every}s`;
  const lines = [
    paint.bold(plainText(`${trend.scenario}: ${what} of ${points.length} ${unitOfTime}`)),
    `  ${wide.map(({ value }) => bar(value, values)).join("")}`,
    ...(marks.trim() === "" ? [] : [`  ${paint.yellow(marks.trimEnd())}`]),
    `  ${formatValue(Math.min(...values), unit)} to ${formatValue(Math.max(...values), unit)}`,
    "",
    changePoints.length === 0 ? "  No change of level." : "  Changes of level:",
  ];
  for (const change of changePoints) {
    const { low, high } = change.interval;
    const tint = change.change > 0 === (unit !== "per second") ? paint.red : paint.green;
    const size = tint(formatChange(change.change, "ms"));
    const interval = `${formatChange(low, "ms")} to ${formatChange(high, "ms")}`;
    const levels = `${formatValue(change.before, unit)} → ${formatValue(change.after, unit)}`;
    lines.push(`  ${size} (${interval}) at ${plainText(change.run)}, ${day(change.startedAt)}: ${levels}`);
    const also = change.alsoChanged.map(
      ({ what: name, before, after }) => `${name} ${before || "–"} → ${after || "–"}`,
    );
    lines.push(
      plainText(
        `      ${also.length === 0 ? "nothing else that is recorded changed there" : `also changed: ${also.join("; ")}`}`,
      ),
    );
  }
  lines.push("");
  for (const point of points.slice(-mostRows)) {
    const mark = point.verdict === null ? " " : verdictMarks[point.verdict];
    const labels = Object.entries(point.labels).filter(([name]) => name !== "group");
    const text = [
      mark,
      plainText(point.id).padEnd(21),
      formatValue(point.value, unit).padStart(9),
      point.runs > 1 ? `${point.runs} runs` : "",
      point.counts ? "" : "not judged",
      plainText(labels.map(([name, value]) => `${name}=${value}`).join(" ")),
    ].filter((word) => word !== "");
    lines.push(`  ${point.counts ? text.join("  ") : paint.dim(text.join("  "))}`);
  }
  if (points.length > mostRows) lines.push(paint.dim(`  … and ${points.length - mostRows} older`));
  for (const warning of trend.warnings) lines.push(`  ${paint.yellow("!")} ${plainText(warning)}`);
  return `${lines.join("\n")}\n`;
}

function bar(value: number | null, values: readonly number[]): string {
  if (value === null) return " ";
  const low = Math.min(...values);
  const range = Math.max(...values) - low;
  return bars[range > 0 ? Math.round(((value - low) / range) * (bars.length - 1)) : 3]!;
}

function day(startedAt: string): string {
  return startedAt.slice(0, 10);
}
