import * as z from "zod";
import type { HistogramData } from "./histogram.js";
import { leakVerdictSchema, type RunFloors } from "./leak.js";
import type { MetricContains } from "./metric.js";
import type { Samples } from "./plain-run.js";
import type { Environment, LoadFigures, ResourceSummary, Validity } from "./run.js";

export const verdictSchema = z.enum(["pass", "improved", "regressed", "inconclusive"]);
/** The four words. An invalid or unlike run is `inconclusive`, never `pass`. */
export type Verdict = z.infer<typeof verdictSchema>;

export const comparisonRowSchema = z.object({
  /** Series name, `http_req_response_time{name:/items}`. */
  series: z.string(),
  /** "p(95)", "rate", "slope" … */
  statistic: z.string(),
  gating: z.boolean(),
  unit: z.enum(["ms", "ratio", "per second", "bytes", "cores", "count"]),
  better: z.enum(["lower", "higher"]),
  /** Over runs: the geometric mean of a quantile, the pooled proportion of a ratio; null where missing. */
  baseline: z.number().nullable(),
  candidate: z.number().nullable(),
  /** candidate / baseline - 1 for ratios of quantiles; candidate - baseline where `unit` is "ratio". */
  change: z.number().nullable(),
  /** Of `change`, two-sided. */
  interval: z.object({ low: z.number(), high: z.number(), level: z.number() }).nullable(),
  /** The practical margin that applied, in the terms of `change`. */
  margin: z.number(),
  verdict: verdictSchema,
  /** At most one sentence. */
  reason: z.string(),
  /** Runs a side that would settle it; null where it is settled or cannot be. */
  moreRuns: z.number().int().nullable(),
});
export type ComparisonRow = z.infer<typeof comparisonRowSchema>;

export const comparisonSchema = z.object({
  schema: z.literal("loadline.comparison/1"),
  scenario: z.string(),
  baseline: z.object({ name: z.string(), runs: z.array(z.string()), acceptedAt: z.string().optional() }).nullable(),
  candidate: z.object({ runs: z.array(z.string()) }),
  verdict: verdictSchema,
  /** One sentence that a release manager understands. */
  reason: z.string(),
  /** Gating first, worst first. */
  rows: z.array(comparisonRowSchema),
  /** Environment and option fields that differ; `must` ones forbid a verdict. */
  differences: z.array(z.object({ field: z.string(), baseline: z.string(), candidate: z.string(), must: z.boolean() })),
  warnings: z.array(z.string()),
  /** Growth beyond the baseline's own, by source and figure; absent where neither side was watched. */
  leaks: z.array(leakVerdictSchema).optional(),
});
/** What `compare --json` prints, and the single source of every rendering of a comparison. */
export type Comparison = z.infer<typeof comparisonSchema>;

/** One run as a comparison sees it, whether it comes from a run folder or from a baseline. */
export interface ComparedRun {
  readonly id: string;
  readonly startedAt: string;
  readonly validity: Validity;
  readonly load?: LoadFigures | undefined;
  /** By series name; of `http_req_failed` the passes are the failed requests, as in k6. */
  readonly rates: Readonly<Record<string, readonly [passes: number, total: number]>>;
  /** By series name: µs for times, thousandths for plain numbers. */
  readonly totals: Readonly<Record<string, HistogramData>>;
  /** Series of a user of the library who has no histograms; raw values are in ascending order. */
  readonly samples?: Readonly<Record<string, Samples>> | undefined;
  /** A second, where there are no load figures. */
  readonly throughput?: number | undefined;
  readonly resources?: readonly ResourceSummary[] | undefined;
  readonly floors?: readonly RunFloors[] | undefined;
}

/** One side of a comparison: the runs of one script with one load in one environment. */
export interface ComparedSide {
  /** Of the baseline. */
  readonly name?: string | undefined;
  readonly acceptedAt?: string | undefined;
  /** What a reader of the comparison must know of this side, such as that its file is of an older version. */
  readonly notes?: readonly string[] | undefined;
  readonly scriptSha256: string;
  readonly optionsDigest: string;
  readonly environment: Environment;
  readonly labels: Readonly<Record<string, string>>;
  /** What the values of a trend mean, by metric; where absent, built-in trends are times and others plain numbers. */
  readonly contains?: Readonly<Record<string, MetricContains>> | undefined;
  readonly runs: readonly ComparedRun[];
}

export interface CompareOptions {
  /** Gating series, such as "http_req_response_time p(95)", "http_req_failed rate" or "throughput"; else the default. */
  readonly gate?: readonly string[] | undefined;
  /** Practical margin as a ratio; 0.05 unless given. */
  readonly margin?: number | undefined;
  /** Practical margin of proportions, absolute; 0.001 (0.1 percentage points) unless given. */
  readonly ratioMargin?: number | undefined;
  /** Margins of their own, by row ("throughput rate") or by series ("http_req_failed"); those of proportions absolute. */
  readonly margins?: Readonly<Record<string, number>> | undefined;
  /** Runs made side by side, a pair of ids a session: then the ratios within sessions are judged. */
  readonly pairs?: readonly (readonly [baseline: string, candidate: string])[] | undefined;
  /** Candidate / baseline that gating latencies must stay below, such as 2; takes the margin's place there. */
  readonly maxRatio?: number | undefined;
  /** At how many planned looks the growing data is judged: errors are split evenly among them; 1 unless given. */
  readonly looks?: number | undefined;
}

/** A row of the ten-second verdict. */
export interface DecisionRow {
  readonly what: string;
  readonly limit: string;
  readonly observed: string;
  /** Distance to the limit in words: "38 % below". */
  readonly margin: string;
  readonly verdict: "pass" | "improved" | "regressed" | "inconclusive" | "fail";
}

/** The first thing a reader sees: a word, a sentence, at most eight rows. */
export interface Decision {
  readonly word: "PASS" | "IMPROVED" | "FAIL" | "REGRESSED" | "INCONCLUSIVE" | "INVALID";
  readonly sentence: string;
  readonly rows: readonly DecisionRow[];
}
