import * as z from "zod";
import { verdictSchema } from "./comparison.js";

const pointSchema = z.object({
  /** The run, or the newest of those that a day or a week stands for. */
  id: z.string(),
  startedAt: z.string(),
  /** In the statistic's unit; null where it was not measured. */
  value: z.number().nullable(),
  /** How many runs it stands for. */
  runs: z.number().int(),
  /** False for a run that was invalid or cut short: it is shown and not judged. */
  counts: z.boolean(),
  verdict: verdictSchema.nullable(),
  labels: z.record(z.string(), z.string()),
});

export const changePointSchema = z.object({
  /** The first run of the new level. */
  run: z.string(),
  startedAt: z.string(),
  /** Its index in the points as given. */
  index: z.number().int(),
  /** The level before and after, geometric means in the value's unit. */
  before: z.number(),
  after: z.number(),
  /** Runs that make up either level. */
  runsBefore: z.number().int(),
  runsAfter: z.number().int(),
  /** New level / old level − 1. */
  change: z.number(),
  /** Of `change`, two-sided. */
  interval: z.object({ low: z.number(), high: z.number(), level: z.number() }),
  /** Facts that differ between this run and the one before it. */
  alsoChanged: z.array(z.object({ what: z.string(), before: z.string(), after: z.string() })),
});
export type ChangePoint = z.infer<typeof changePointSchema>;

export const trendSchema = z.object({
  schema: z.literal("loadline.history/1"),
  scenario: z.string(),
  /** A latency metric, or "error_ratio", "rate" or "rss_max". */
  metric: z.string(),
  /** "p50", "p95" or "p99" of a latency; else "value". */
  statistic: z.string(),
  unit: z.enum(["ms", "ratio", "per second", "bytes"]),
  every: z.enum(["run", "day", "week"]),
  /** Oldest first. */
  points: z.array(pointSchema),
  changePoints: z.array(changePointSchema),
  warnings: z.array(z.string()),
});
/** What `loadline history --json` prints: a scenario's trend and where its level changed. */
export type Trend = z.infer<typeof trendSchema>;
