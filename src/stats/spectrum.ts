import type { HistogramData } from "../model/histogram.js";
import { quantile } from "./histogram.js";

export interface SpectrumPoint {
  /** From 0 to 1. */
  readonly quantile: number;
  /** 1 / (1 - quantile): the x of the chart; the histogram's count for the last point. */
  readonly inverseTail: number;
  /** In the histogram's unit. */
  readonly value: number;
}

/**
 * The quantiles of a histogram for a chart over log 1/(1 - q): evenly spaced there, from the minimum to 1/N, where
 * the data end, with the exact maximum as the last point.
 *
 * @param pointsADecade how many between 90 % and 99 %
 * @returns empty for an empty histogram
 */
export function spectrum(histogram: HistogramData, pointsADecade = 20): SpectrumPoint[] {
  const points: SpectrumPoint[] = [];
  if (histogram.count === 0) return points;
  for (let step = 0; ; step += 1) {
    const inverseTail = 10 ** (step / pointsADecade);
    if (inverseTail >= histogram.count) break;
    const q = 1 - 1 / inverseTail;
    points.push({ quantile: q, inverseTail, value: quantile(histogram, q) });
  }
  points.push({ quantile: 1, inverseTail: histogram.count, value: histogram.max });
  return points;
}
