import type { HistogramData } from "../model/histogram.js";
import type { RunRecord } from "../model/run.js";
import { mergeHistograms, quantile } from "../stats/histogram.js";
import { type ChosenTrend, trendOf } from "./series-choice.js";

/** Columns that a report keeps at most: a second each up to an hour, then longer steps. */
const columnLimit = 3600;

/** One value a column; null where nothing was measured. */
export type Line = readonly (number | null)[];

/** Percentiles of each column's own samples, milliseconds. Never of everything since the start. */
export interface PercentileLines {
  readonly p50: Line;
  readonly p95: Line;
  readonly p99: Line;
  readonly max: Line;
}

/** What happened when: every line has one value a column of `stepMs`. */
export interface TimeLines {
  readonly stepMs: number;
  readonly columns: number;
  readonly headline: PercentileLines | null;
  readonly service: PercentileLines | null;
  /** Per second. */
  readonly requestRate: Line;
  readonly plannedRate: Line;
  readonly startedRate: Line;
  /** Counts in the column. */
  readonly failed: Line;
  readonly dropped: Line;
  readonly vus: Line;
  readonly vusBusy: Line;
  readonly latenessP99Ms: Line;
  readonly latenessMaxMs: Line;
  readonly stallMs: Line;
}

interface ColumnSums {
  lengthMs: number;
  requests: number;
  planned: number;
  started: number;
  dropped: number;
  failed: number;
  vus: number;
  vusBusy: number;
  stallMs: number;
}

/** Lays windows and interval histograms on one time grid; merges neighbours where a run is longer than an hour. */
export function makeTimeLines(record: RunRecord, headline: ChosenTrend | undefined): TimeLines {
  const grid = makeGrid(record, headline);
  const sums = Array.from({ length: grid.columns }, emptySums);
  for (const window of record.windows) {
    const column = grid.columnOf(window.startMs, window.lengthMs);
    const at = sums[column]!;
    at.lengthMs += window.lengthMs;
    at.requests += window.counters.http_reqs ?? 0;
    at.planned += window.engine.planned;
    at.started += window.engine.started;
    at.dropped += window.engine.dropped;
    at.failed += window.rates.http_req_failed?.[0] ?? 0;
    at.vus = Math.max(at.vus, window.engine.vus);
    at.vusBusy = Math.max(at.vusBusy, window.engine.vusBusy);
    at.stallMs = Math.max(at.stallMs, window.engine.longestStallMs);
  }
  const line = (pick: (column: ColumnSums) => number): Line =>
    sums.map((sum) => (sum.lengthMs > 0 ? round(pick(sum)) : null));
  // A sliver of a window at the end would turn one request into a spike of hundreds a second.
  const rate = (pick: (column: ColumnSums) => number): Line =>
    sums.map((sum) =>
      sum.lengthMs > 0 && (sum.lengthMs >= grid.stepMs / 2 || grid.columns === 1)
        ? round((pick(sum) * 1000) / sum.lengthMs)
        : null,
    );
  const lateness = trendOf(record, "iteration_lateness");
  const late = lateness && percentileLines(lateness, grid);
  const service = trendOf(record, "http_req_duration");
  const none: Line = new Array(grid.columns).fill(null);
  return {
    stepMs: grid.stepMs,
    columns: grid.columns,
    headline: headline ? percentileLines(headline, grid) : null,
    service: service && service.name !== headline?.name ? percentileLines(service, grid) : null,
    requestRate: rate((sum) => sum.requests),
    plannedRate: rate((sum) => sum.planned),
    startedRate: rate((sum) => sum.started),
    failed: line((sum) => sum.failed),
    dropped: line((sum) => sum.dropped),
    vus: line((sum) => sum.vus),
    vusBusy: line((sum) => sum.vusBusy),
    latenessP99Ms: late?.p99 ?? none,
    latenessMaxMs: late?.max ?? none,
    stallMs: line((sum) => sum.stallMs),
  };
}

interface Grid {
  readonly stepMs: number;
  readonly columns: number;
  columnOf(startMs: number, lengthMs: number): number;
}

function makeGrid(record: RunRecord, headline: ChosenTrend | undefined): Grid {
  let endMs = 0;
  let shortestMs = Number.POSITIVE_INFINITY;
  for (const part of [...record.windows, ...(headline?.history?.lines ?? [])]) {
    endMs = Math.max(endMs, part.startMs + part.lengthMs);
    if (part.lengthMs >= 500) shortestMs = Math.min(shortestMs, part.lengthMs);
  }
  const baseMs = Number.isFinite(shortestMs) ? Math.max(1000, Math.round(shortestMs / 1000) * 1000) : 1000;
  const stepMs = baseMs * Math.max(1, Math.ceil(endMs / baseMs / columnLimit));
  // The last window may overrun by a hair; that is not a column of its own.
  const columns = endMs === 0 ? 0 : Math.max(1, Math.ceil((endMs - stepMs / 100) / stepMs));
  return {
    stepMs,
    columns,
    columnOf: (startMs, lengthMs) =>
      Math.min(columns - 1, Math.floor((startMs + Math.min(lengthMs, stepMs) / 2) / stepMs)),
  };
}

function percentileLines(trend: ChosenTrend, grid: Grid): PercentileLines {
  const merged: (HistogramData | undefined)[] = new Array(grid.columns).fill(undefined);
  for (const line of trend.history?.lines ?? []) {
    if (line.histogram.count === 0) continue;
    const column = grid.columnOf(line.startMs, line.lengthMs);
    const known = merged[column];
    // One line a column is the rule: it is read in place, and only neighbours are copied together.
    merged[column] = known === undefined ? line.histogram : mergeHistograms([known, line.histogram]);
  }
  const pick = (value: (histogram: HistogramData) => number): Line =>
    merged.map((histogram) => (histogram ? round(value(histogram) / 1000) : null));
  return {
    p50: pick((histogram) => quantile(histogram, 0.5)),
    p95: pick((histogram) => quantile(histogram, 0.95)),
    p99: pick((histogram) => quantile(histogram, 0.99)),
    max: pick((histogram) => histogram.max),
  };
}

function emptySums(): ColumnSums {
  return { lengthMs: 0, requests: 0, planned: 0, started: 0, dropped: 0, failed: 0, vus: 0, vusBusy: 0, stallMs: 0 };
}

/** Four significant digits: more than a histogram resolves, and half the size of a page. */
export function round(value: number): number {
  return Number(value.toPrecision(4));
}
