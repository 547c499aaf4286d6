import type { HistogramData } from "../model/histogram.js";
import { builtInMetrics, type Metric, type SeriesKey, type Tags } from "../model/metric.js";
import type { MetricSummary, Summary } from "../model/run.js";

/** One sample of another tool's output. */
export interface ForeignSample {
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  readonly metric: Metric;
  readonly value: number;
  readonly tags: Tags;
}

/** Sums without single samples, as summaries and histograms hold them. */
export interface ForeignTotals {
  /** Microseconds. */
  readonly histograms: readonly { readonly key: SeriesKey; readonly histogram: HistogramData }[];
  /** In k6's shape: milliseconds, counts, ratios. Only what the file holds. */
  readonly metrics: Readonly<Record<string, MetricSummary>>;
  readonly rootGroup: Summary["root_group"] | undefined;
  readonly startedAtMs: number | undefined;
  readonly durationMs: number | undefined;
  /** One trend second by second, where the file has intervals. */
  readonly intervals?: readonly {
    readonly key: SeriesKey;
    readonly startMs: number;
    readonly lengthMs: number;
    readonly histogram: HistogramData;
  }[];
}

/** What a file turned out to be. */
export type Foreign = {
  /** "k6 JSON", "vegeta report" … */
  readonly format: string;
  /** What a run of our own has and this format does not, in words. */
  readonly missing: readonly string[];
} & (
  | { readonly kind: "samples"; readonly samples: AsyncIterable<ForeignSample> }
  | { readonly kind: "totals"; readonly totals: ForeignTotals }
);

/** Said of every import: no format knows how well its generator kept to its plan. */
export const unknownGenerator =
  "The generator's lateness and its planned rate: whether it kept to its plan is unknown.";
export const unknownResponseTime =
  "Response time from the due time: service time alone does not show the queue that a slow target causes.";
export const unknownSeconds = "The course over time: only figures of the whole run are there.";
export const unknownDistribution = "The distribution: percentiles that the file does not name cannot be computed.";

/** Metrics of ours that no sample of k6's holds: they count from due times, which k6 keeps to itself. */
export const unmeasuredByK6: readonly string[] = [
  builtInMetrics.http_req_response_time.name,
  builtInMetrics.iteration_lateness.name,
];

/** A time trend's or counter's definition in k6's words. */
export function metricOf(name: string, type: Metric["type"], contains: Metric["contains"] = "default"): Metric {
  return { name, type, contains };
}
