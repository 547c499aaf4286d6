import * as z from "zod";
import type { HistogramData } from "./histogram.js";
import { leakVerdictSchema } from "./leak.js";
import type { CheckCount, EngineWindow, ResourceSample, Series } from "./window.js";

export const environmentSchema = z.object({
  os: z.string(),
  kernel: z.string(),
  arch: z.string(),
  cpuModel: z.string(),
  cores: z.number().int(),
  memoryBytes: z.number(),
  node: z.string(),
  loadline: z.string(),
});
/** Where a run was made: the fingerprint that two runs must share to be comparable. */
export type Environment = z.infer<typeof environmentSchema>;

export const validitySchema = z.object({
  state: z.enum(["valid", "degraded", "invalid", "unknown"]),
  reasons: z.array(z.object({ code: z.string(), text: z.string() })),
});
/** Whether a run may be judged at all; `unknown` while it runs or where it was cut off. */
export type Validity = z.infer<typeof validitySchema>;

export const thresholdResultSchema = z.object({
  metric: z.string(),
  expression: z.string(),
  ok: z.boolean(),
  /** The value held against the limit, in the metric's unit; null where nothing was measured. */
  observed: z.number().nullable(),
  limit: z.number(),
  abortOnFail: z.boolean(),
});
export type ThresholdResult = z.infer<typeof thresholdResultSchema>;

const metricSummarySchema = z.object({
  type: z.enum(["counter", "gauge", "rate", "trend"]),
  contains: z.enum(["time", "data", "default"]),
  values: z.record(z.string(), z.number()),
  thresholds: z.record(z.string(), z.object({ ok: z.boolean() })).optional(),
});
/** One metric of the summary, in k6's shape. Times in milliseconds. */
export type MetricSummary = z.infer<typeof metricSummarySchema>;

export interface GroupSummary {
  name: string;
  path: string;
  id: string;
  groups: GroupSummary[];
  checks: { name: string; path: string; id: string; passes: number; fails: number }[];
}
const groupSchema: z.ZodType<GroupSummary> = z.lazy(() =>
  z.object({
    name: z.string(),
    path: z.string(),
    id: z.string(),
    groups: z.array(groupSchema),
    checks: z.array(
      z.object({ name: z.string(), path: z.string(), id: z.string(), passes: z.number(), fails: z.number() }),
    ),
  }),
);

export const summarySchema = z.object({
  metrics: z.record(z.string(), metricSummarySchema),
  root_group: groupSchema,
  state: z.object({ testRunDurationMs: z.number(), isStdOutTTY: z.boolean(), isStdErrTTY: z.boolean() }),
});
/** The end-of-run figures in the shape that k6's handleSummary gets. */
export type Summary = z.infer<typeof summarySchema>;

export const loadFiguresSchema = z.object({
  /** False where every executor is closed: then response time has no due time to count from. */
  openModel: z.boolean(),
  durationMs: z.number(),
  plannedArrivals: z.number(),
  started: z.number(),
  dropped: z.number(),
  droppedByUs: z.number(),
  interrupted: z.number(),
  plannedRate: z.number(),
  achievedRate: z.number(),
  /** Absent, as the next two, where the engine does not tell: another program's. */
  latenessMs: z
    .object({ p50: z.number(), p95: z.number(), p99: z.number(), p999: z.number(), max: z.number() })
    .optional(),
  longestStallMs: z.number().optional(),
  gcMs: z.number().optional(),
  harnessCpuCores: z.number(),
  harnessRssMaxBytes: z.number(),
  /** CPU that neither we nor the watched processes used; absent, as the next, where what is watched is not all here. */
  othersCores: z.number().optional(),
  /** Share of this machine's CPU time that its hypervisor gave to others. */
  stealRatio: z.number().optional(),
  ownSocketErrors: z.number(),
  unanswered: z.number(),
});
/** What the generator planned and did over the whole run: the ground that validity stands on. */
export type LoadFigures = z.infer<typeof loadFiguresSchema>;

const quantilesSchema = z.object({
  min: z.number(),
  p50: z.number(),
  p95: z.number(),
  max: z.number(),
  last: z.number(),
});
/** What a watched source used while the load ran; what it did after that is told in events alone. */
export const resourceSummarySchema = z.object({
  source: z.string(),
  samples: z.number().int(),
  rssBytes: quantilesSchema.optional(),
  pssBytes: quantilesSchema.optional(),
  heapBytes: quantilesSchema.optional(),
  cpuCores: quantilesSchema.optional(),
  fds: quantilesSchema.optional(),
  threads: quantilesSchema.optional(),
  /** Share of a second in which its quota held it back. */
  throttledRatio: quantilesSchema.optional(),
  /** What CPU it may use at most; absent where nobody knows. */
  limitCores: z.number().optional(),
  /** Share of the samples in which it used nine tenths of that or more. */
  saturatedRatio: z.number().optional(),
  /** What a thousand requests of the load cost it; absent without requests or without CPU figures. */
  cpuSecondsPerThousand: z.number().optional(),
  events: z.array(z.object({ atMs: z.number(), event: z.string() })),
});
export type ResourceSummary = z.infer<typeof resourceSummarySchema>;

export const runManifestSchema = z.object({
  schema: z.literal("loadline.run/1"),
  /** `<UTC start>-<4 hex>`, the folder's name. */
  id: z.string(),
  scenario: z.string(),
  script: z.object({
    path: z.string(),
    sha256: z.string(),
    files: z.array(z.object({ path: z.string(), sha256: z.string() })),
  }),
  /** The command line that reproduces the run, secrets removed. */
  command: z.array(z.string()),
  /** Consolidated options, as `exec.test.options` shows them. */
  options: z.record(z.string(), z.unknown()),
  /** sha256 of the options that decide what is sent and how often; equal for comparable runs. */
  optionsDigest: z.string(),
  environment: environmentSchema,
  /** The program that drove the load, where it was not Loadline itself. */
  engine: z.object({ name: z.string(), version: z.string() }).optional(),
  labels: z.record(z.string(), z.string()),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
  status: z.enum(["running", "complete", "interrupted"]),
  exitCode: z.number().int().optional(),
  /** Why it ended early, in words. */
  endReason: z.string().optional(),
  validity: validitySchema,
  load: loadFiguresSchema.optional(),
  summary: summarySchema.optional(),
  thresholds: z.array(thresholdResultSchema),
  resources: z.array(resourceSummarySchema),
  /** By source and figure; absent in runs of versions that did not judge. */
  leaks: z.array(leakVerdictSchema).optional(),
  /** By series name: the whole run's histogram, HdrHistogram V2 compressed, base64. */
  totals: z.record(z.string(), z.string()),
  warnings: z.array(z.string()),
  /** Whatever was to give evidence: what is missing at the end can only be told by who knows what there should be. */
  declared: z
    .object({
      scenarios: z.array(z.string()),
      /** What was watched, by name. */
      sources: z.array(z.string()),
      /** Of the config, whether the run asked them or not. */
      probes: z.array(z.string()),
    })
    .optional(),
});
/** `run.json`. */
export type RunManifest = z.infer<typeof runManifestSchema>;

/** A line of `counters.ndjson`. */
export interface CounterWindow {
  readonly index: number;
  readonly startMs: number;
  readonly lengthMs: number;
  /** By series name: counter sum, gauge value, or passes and total of a rate. */
  readonly counters: Readonly<Record<string, number>>;
  readonly gauges: Readonly<Record<string, number>>;
  readonly rates: Readonly<Record<string, readonly [passes: number, total: number]>>;
  /** Since the run's start, for checks that changed in this window. */
  readonly checks?: readonly CheckCount[] | undefined;
  /** Paths of the groups that were entered for the first time. */
  readonly newGroups?: readonly string[] | undefined;
  readonly engine: EngineWindow;
}

/** One trend series second by second. Lines may span several windows. */
export interface SeriesHistory {
  readonly series: Series;
  readonly lines: readonly { readonly startMs: number; readonly lengthMs: number; readonly histogram: HistogramData }[];
}

/** A run as read back from its folder: everything that a report or a comparison may ask for. */
export interface RunRecord {
  readonly folder: string;
  readonly manifest: RunManifest;
  /** By series name. */
  readonly histories: ReadonlyMap<string, SeriesHistory>;
  /** By series name, whole run. */
  readonly totals: ReadonlyMap<string, HistogramData>;
  readonly windows: readonly CounterWindow[];
  readonly resources: readonly ResourceSample[];
  /** Every series that the log names, trends and others; absent where the log was not read. */
  readonly series?: readonly Series[];
  /** What was wrong with the files, in words: a torn last line, a missing end. */
  readonly damage: readonly string[];
}
