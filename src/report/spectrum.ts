import type { HistogramData } from "../model/histogram.js";
import type { ThresholdResult } from "../model/run.js";
import { quantile } from "../stats/histogram.js";
import { round } from "./time-lines.js";

/** A percentile spectrum: milliseconds over x = 1/(1-p), up to x = N, where the maximum stands. */
export interface SpectrumCurve {
  readonly count: number;
  readonly maxMs: number;
  readonly points: readonly (readonly [x: number, ms: number])[];
}

/** An upper limit on a percentile, as the threshold's step line needs it. */
export interface SpectrumLimit {
  readonly x: number;
  readonly limitMs: number;
  readonly expression: string;
  readonly ok: boolean;
}

const pointsPerDecade = 24;

/** @param histogram in microseconds */
export function makeSpectrum(histogram: HistogramData | undefined): SpectrumCurve | null {
  if (histogram === undefined || histogram.count === 0) return null;
  const count = histogram.count;
  const points: [number, number][] = [];
  for (let i = 0; ; i += 1) {
    const x = 10 ** (i / pointsPerDecade);
    if (x >= count) break;
    points.push([round(x), round(quantile(histogram, 1 - 1 / x) / 1000)]);
  }
  // Beyond 1/N there is no sample: the curve ends where the data end.
  points.push([count, round(histogram.max / 1000)]);
  return { count, maxMs: round(histogram.max / 1000), points };
}

/** Upper limits on percentiles of a metric, in ascending order of percentile. */
export function spectrumLimits(thresholds: readonly ThresholdResult[], metrics: readonly string[]): SpectrumLimit[] {
  const limits: SpectrumLimit[] = [];
  for (const threshold of thresholds) {
    const match = /^\s*(?:p\(\s*([\d.]+)\s*\)|(med)|(max))\s*<=?/.exec(threshold.expression);
    if (match === null || !metrics.includes(threshold.metric)) continue;
    const p = match[1] !== undefined ? Number(match[1]) / 100 : match[2] !== undefined ? 0.5 : 1;
    const x = p >= 1 ? Number.MAX_SAFE_INTEGER : 1 / (1 - p);
    limits.push({
      x,
      limitMs: threshold.limit,
      expression: `${threshold.metric} ${threshold.expression}`,
      ok: threshold.ok,
    });
  }
  return limits.sort((a, b) => a.x - b.x);
}
