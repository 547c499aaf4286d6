import type { HistogramData } from "./histogram.js";
import type { MetricContains, MetricType, Tags } from "./metric.js";

/** How long a window is, except the last of a run; windows begin at multiples of it after the run's start. */
export const windowMs = 1000;

/** A series as it first appears in a run; `id` is unique within the run. */
export interface Series {
  readonly id: number;
  readonly metric: string;
  readonly type: MetricType;
  readonly contains: MetricContains;
  readonly tags: Tags;
  /**
   * How often it is written: 1 for what is wanted second by second, more for the rarely used,
   * so that an hour of many series stays small.
   */
  readonly windowsPerLine: number;
}

export interface CounterValue {
  readonly kind: "counter";
  readonly sum: number;
}
export interface GaugeValue {
  readonly kind: "gauge";
  readonly value: number;
  readonly min: number;
  readonly max: number;
}
export interface RateValue {
  readonly kind: "rate";
  readonly passes: number;
  readonly total: number;
}
export interface TrendValue {
  readonly kind: "trend";
  readonly histogram: HistogramData;
}

/** What one series did in one window. */
export type SeriesValue = CounterValue | GaugeValue | RateValue | TrendValue;

export interface CheckCount {
  readonly name: string;
  readonly groupPath: string;
  readonly passes: number;
  readonly fails: number;
}

/**
 * The engine's own record of a window: what it planned, what it did, and what disturbed it.
 *
 * Lateness is a series like any other: `iteration_lateness`.
 */
export interface EngineWindow {
  /** Arrivals that fell due. */
  readonly planned: number;
  readonly started: number;
  /** Due without a free VU. */
  readonly dropped: number;
  /** Of the dropped: those that the engine itself came too late for. */
  readonly droppedByUs: number;
  readonly interrupted: number;
  readonly vus: number;
  readonly vusMax: number;
  readonly vusBusy: number;
  /** Longest time that the engine's event loop did not come round, milliseconds. */
  readonly longestStallMs: number;
  readonly gcMs: number;
  /** CPU of the engine's process over the window, cores. */
  readonly cpuCores: number;
  readonly rssBytes: number;
  /** Socket errors of our own making: no ports, no file descriptors. */
  readonly ownSocketErrors: number;
  /** Requests that did not reach the target: no address for its name, or no connection. */
  readonly unanswered: number;
}

/** A window of which nothing is known, or in which nothing happened. */
export const emptyEngineWindow: EngineWindow = {
  planned: 0,
  started: 0,
  dropped: 0,
  droppedByUs: 0,
  interrupted: 0,
  vus: 0,
  vusMax: 0,
  vusBusy: 0,
  longestStallMs: 0,
  gcMs: 0,
  cpuCores: 0,
  rssBytes: 0,
  ownSocketErrors: 0,
  unanswered: 0,
};

/** Everything an engine says about one window; plain data for a thread's port. */
export interface WindowBatch {
  /** From 0. */
  readonly index: number;
  /** Milliseconds since the run's start. */
  readonly startMs: number;
  readonly lengthMs: number;
  readonly newSeries: readonly Series[];
  readonly values: readonly { readonly id: number; readonly value: SeriesValue }[];
  /** Since the run's start, for checks that changed in this window. */
  readonly checks: readonly CheckCount[];
  /** Paths of the groups that were entered for the first time. */
  readonly newGroups?: readonly string[] | undefined;
  readonly engine: EngineWindow;
  readonly last: boolean;
}

/** One sample of one watched process or source, as `resources.ndjson` holds it. Absent fields were not available. */
export interface ResourceSample {
  /** Milliseconds since the run's start. */
  readonly atMs: number;
  /** Name given to the source: "target", "harness", … */
  readonly source: string;
  readonly rssBytes?: number;
  readonly pssBytes?: number;
  readonly heapBytes?: number;
  /** Cores used since the previous sample: 0.5 is half a core. */
  readonly cpuCores?: number;
  readonly fds?: number;
  readonly threads?: number;
  readonly processes?: number;
  /** What memory may grow to before the system ends the target. */
  readonly limitBytes?: number;
  /** What CPU the target may use at most: its quota, or the processors that it may run on. */
  readonly limitCores?: number;
  /** Share of the time since the previous sample in which the target wanted CPU and was held back by its quota. */
  readonly throttledRatio?: number;
  /** Time spent in garbage collection since the previous sample. */
  readonly gcMs?: number;
  /** Named by the user, or what only this kind of source has. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** "started", "gone", "restarted", "no permission for PSS" … */
  readonly event?: string;
}
