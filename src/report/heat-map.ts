import { bucketMiddle, Histogram, quantile } from "../stats/histogram.js";
import type { ChosenTrend } from "./series-choice.js";
import { type Line, round } from "./time-lines.js";

const columnLimit = 240;
const rowsPerDecade = 16;

/** How many samples fell into each cell of time and log latency. */
export interface HeatMap {
  readonly stepMs: number;
  /** Lower edge of the lowest row, as log10 of milliseconds; each row is 1/`rowsPerDecade` high. */
  readonly fromLog10Ms: number;
  readonly rowsPerDecade: number;
  readonly rows: number;
  /** A column is the counts of its rows, lowest first. */
  readonly columns: readonly (readonly number[])[];
  readonly p99: Line;
  readonly max: Line;
}

/** @returns null where the trend has no samples by time */
export function makeHeatMap(trend: ChosenTrend | undefined): HeatMap | null {
  const lines = (trend?.history?.lines ?? []).filter((line) => line.histogram.count > 0);
  if (lines.length === 0) return null;
  let endMs = 0;
  let lowest = Number.POSITIVE_INFINITY;
  let highest = 1;
  for (const { startMs, lengthMs, histogram } of lines) {
    endMs = Math.max(endMs, startMs + lengthMs);
    lowest = Math.min(lowest, Math.max(1, histogram.min));
    highest = Math.max(highest, histogram.max);
  }
  const stepMs = 1000 * Math.max(1, Math.ceil(endMs / 1000 / columnLimit));
  const columnCount = Math.max(1, Math.ceil((endMs - stepMs / 100) / stepMs));
  const firstRow = Math.floor(Math.log10(lowest / 1000) * rowsPerDecade);
  const rows = Math.floor(Math.log10(highest / 1000) * rowsPerDecade) - firstRow + 1;
  const columns = Array.from({ length: columnCount }, () => new Array<number>(rows).fill(0));
  const wholes: (Histogram | undefined)[] = new Array(columnCount).fill(undefined);
  for (const { startMs, lengthMs, histogram } of lines) {
    const column = Math.min(columnCount - 1, Math.floor((startMs + Math.min(lengthMs, stepMs) / 2) / stepMs));
    const known = wholes[column];
    if (known === undefined) wholes[column] = Histogram.of(histogram);
    else known.merge(histogram);
    const cells = columns[column]!;
    for (let i = 0; i < histogram.counts.length; i += 1) {
      const count = histogram.counts[i]!;
      if (count === 0) continue;
      const us = Math.min(Math.max(bucketMiddle(histogram.from + i), histogram.min, 1), histogram.max);
      cells[Math.floor(Math.log10(Math.max(us, 1) / 1000) * rowsPerDecade) - firstRow]! += count;
    }
  }
  const pick = (value: (histogram: Histogram) => number): Line =>
    wholes.map((whole) => (whole ? round(value(whole) / 1000) : null));
  return {
    stepMs,
    fromLog10Ms: firstRow / rowsPerDecade,
    rowsPerDecade,
    rows,
    columns,
    p99: pick((whole) => quantile(whole, 0.99)),
    max: pick((whole) => whole.max),
  };
}
