import type { HistogramData } from "../model/histogram.js";
import { mean, quantile } from "./histogram.js";

/** Values of a time trend are kept in microseconds, other values in thousandths: both are 1,000 times the sample. */
export const trendScale = 1000;

/** k6's words for what is told of a trend; `{ quantile }` is its `p(N)`, from 0 to 1. */
export type TrendStatistic = "avg" | "min" | "med" | "max" | "count" | { readonly quantile: number };

/**
 * One figure of a trend, in the metric's unit: milliseconds for times.
 *
 * @returns 0 for an empty histogram
 */
export function trendStatistic(histogram: HistogramData, statistic: TrendStatistic): number {
  switch (statistic) {
    case "avg":
      return mean(histogram) / trendScale;
    case "min":
      return histogram.min / trendScale;
    case "med":
      return quantile(histogram, 0.5) / trendScale;
    case "max":
      return histogram.max / trendScale;
    case "count":
      return histogram.count;
    default:
      return quantile(histogram, statistic.quantile) / trendScale;
  }
}
