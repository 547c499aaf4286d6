import type { HistogramData } from "./histogram.js";
import type { ResourceSummary, Validity } from "./run.js";

/** Natural logarithms of quantiles, for who keeps nothing finer. */
export interface LogQuantiles {
  /** By q, such as { "0.5": 2.08, "0.95": 2.66 }: logarithms of values in the series' unit, ms for times. */
  readonly logQuantiles: Readonly<Record<string, number>>;
  /** How many values they stand for; where absent, every quantile is taken to have samples enough. */
  readonly count?: number | undefined;
}

/** Raw values in the series' unit (ms for times), in any order; or logarithms of their quantiles. */
export type Samples = readonly number[] | LogQuantiles;

/** One run as a user of the library has it. */
export interface PlainRun {
  /** "baseline-1", "candidate-1" … unless given; unique within a comparison. */
  readonly id?: string | undefined;
  /** ISO 8601. */
  readonly startedAt?: string | undefined;
  /** Valid unless given. */
  readonly validity?: Validity | undefined;
  /** By series: a histogram (µs for times, thousandths for plain numbers), raw values, or logarithms of quantiles. */
  readonly series: Readonly<Record<string, HistogramData | Samples>>;
  /** By metric: of `http_req_failed` the passes are the failed requests, of `checks` those that held. */
  readonly rates?: Readonly<Record<string, readonly [passes: number, total: number]>> | undefined;
  /** What was achieved a second. */
  readonly throughput?: number | undefined;
  /** Of watched processes. */
  readonly resources?: readonly ResourceSummary[] | undefined;
}
