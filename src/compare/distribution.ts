import type { ComparedRun } from "../model/comparison.js";
import type { HistogramData } from "../model/histogram.js";
import type { Samples } from "../model/plain-run.js";
import { trendScale, trendStatistic } from "../stats/trend.js";

/** What one run measured of a series, whatever it is kept in. Answers are in the row's unit. */
export interface Distribution {
  /** Infinity where nobody counted. */
  readonly count: number;
  /** Below this a value cannot be told from 0. */
  readonly grain: number;
  /** Undefined where it is not known. */
  quantile(q: number): number | undefined;
  mean(): number | undefined;
}

// Raw values have no grain of their own; a logarithm needs one.
const finest = 1e-9;

/** @returns undefined where the run does not have the series, or nothing in it */
export function distributionOf(run: ComparedRun, series: string): Distribution | undefined {
  const histogram = run.totals[series];
  if (histogram !== undefined) return histogram.count > 0 ? ofHistogram(histogram) : undefined;
  const samples = run.samples?.[series];
  if (samples === undefined) return undefined;
  if ("logQuantiles" in samples) return ofLogQuantiles(samples);
  return samples.length > 0 ? ofValues(samples) : undefined;
}

function ofHistogram(histogram: HistogramData): Distribution {
  return {
    count: histogram.count,
    grain: 1 / trendScale,
    quantile: (q) => trendStatistic(histogram, { quantile: q }),
    mean: () => trendStatistic(histogram, "avg"),
  };
}

/** By linear interpolation at rank q × (n − 1), as for histograms. */
function ofValues(ascending: readonly number[]): Distribution {
  return {
    count: ascending.length,
    grain: finest,
    quantile: (q) => {
      const rank = q * (ascending.length - 1);
      const below = ascending[Math.floor(rank)]!;
      return below + (rank - Math.floor(rank)) * (ascending[Math.ceil(rank)]! - below);
    },
    mean: () => ascending.reduce((sum, value) => sum + value, 0) / ascending.length,
  };
}

function ofLogQuantiles({ logQuantiles, count = Infinity }: Exclude<Samples, readonly number[]>): Distribution {
  // "0.5" and "0.50" are one quantile, and so are 0.999 and 99.9 / 100.
  const known = Object.entries(logQuantiles).map(([q, log]) => [Number(q), log] as const);
  return {
    count,
    grain: finest,
    quantile: (q) => {
      const log = known.find(([other]) => Math.abs(other - q) < 1e-9)?.[1];
      return log === undefined ? undefined : Math.exp(log);
    },
    mean: () => undefined,
  };
}
