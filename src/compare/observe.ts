import type { HistogramData } from "../model/histogram.js";
import type { Series, SeriesValue } from "../model/window.js";
import { trendStatistic } from "../stats/trend.js";
import type { Condition } from "./threshold-grammar.js";

/** What a lookup answers for a series: its definition and its value over the run so far. */
export interface Measured {
  readonly series: Pick<Series, "type" | "contains">;
  readonly value: SeriesValue;
}

/**
 * What a condition is held against, in the metric's unit: milliseconds for times, per second for a counter's rate.
 *
 * @returns null where nothing was measured, or where the metric's type has no such aggregation
 */
export function observe({ value }: Measured, condition: Condition, elapsedMs: number): number | null {
  switch (value.kind) {
    case "counter":
      if (condition.method === "count") return value.sum;
      if (condition.method === "rate") return elapsedMs > 0 ? value.sum / (elapsedMs / 1000) : 0;
      return null;
    case "gauge":
      return condition.method === "value" ? value.value : null;
    case "rate":
      return condition.method === "rate" && value.total > 0 ? value.passes / value.total : null;
    case "trend":
      return value.histogram.count === 0 ? null : ofTrend(value.histogram, condition);
  }
}

function ofTrend(histogram: HistogramData, { method, quantile }: Condition): number | null {
  switch (method) {
    case "avg":
    case "min":
    case "med":
    case "max":
      return trendStatistic(histogram, method);
    case "p":
      return trendStatistic(histogram, { quantile: quantile! });
    case "count":
    case "rate":
    case "value":
      return null;
  }
}
