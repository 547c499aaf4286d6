import type { MetricSummary } from "../model/run.js";
import { formatBytes } from "../model/units.js";
import { formatCount, formatNumber, formatPercent, formatTime, type TimeUnit } from "./format.js";

/**
 * One metric in words, from its summary alone: "avg=5.1ms min=… p(95)=…".
 *
 * @param timeUnit k6's `summaryTimeUnit`; "" gives each time the unit that suits its size
 */
export function describeMetric(metric: MetricSummary, timeUnit: TimeUnit = ""): string {
  const { values } = metric;
  const amount = (value: number): string =>
    metric.contains === "time"
      ? formatTime(value, timeUnit)
      : metric.contains === "data"
        ? formatBytes(value)
        : formatNumber(value);
  switch (metric.type) {
    case "trend":
      return (
        Object.entries(values)
          // How many there were has no unit, whatever was measured.
          .map(([name, value]) => `${name}=${name === "count" ? formatCount(value) : amount(value)}`)
          .join(" ")
      );
    case "counter": {
      const count = values.count ?? 0;
      return `${metric.contains === "default" ? formatCount(count) : amount(count)}  ${amount(values.rate ?? 0)}/s`;
    }
    case "rate": {
      const passes = values.passes ?? 0;
      return `${formatPercent(values.rate ?? 0)}  ${formatCount(passes)} of ${formatCount(passes + (values.fails ?? 0))}`;
    }
    case "gauge":
      return `${amount(values.value ?? 0)}  min=${amount(values.min ?? 0)} max=${amount(values.max ?? 0)}`;
  }
}

export type MetricGroup = "HTTP" | "execution" | "network" | "custom";

const execution = new Set([
  "checks",
  "iterations",
  "iteration_duration",
  "iteration_lateness",
  "dropped_iterations",
  "vus",
  "vus_max",
  "group_duration",
]);

/** Which block of the summary a metric or submetric belongs to. */
export function groupOf(name: string): MetricGroup {
  const metric = name.split("{")[0]!;
  if (metric.startsWith("http_")) return "HTTP";
  if (metric.startsWith("data_")) return "network";
  return execution.has(metric) ? "execution" : "custom";
}
