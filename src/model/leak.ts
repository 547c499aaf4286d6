import * as z from "zod";

/** The figures of a watched source that can leak. */
export const leakFigures = ["rssBytes", "pssBytes", "heapBytes", "fds", "threads"] as const;
export type LeakFigure = (typeof leakFigures)[number];

/** What a reader calls the figures that can leak. */
export const leakFigureNames: Readonly<Record<LeakFigure, string>> = {
  rssBytes: "memory (RSS)",
  pssBytes: "memory (PSS)",
  heapBytes: "heap",
  fds: "file descriptors",
  threads: "threads",
};

export const leakVerdictSchema = z.object({
  /** The watched source; empty where the caller named none. */
  source: z.string(),
  figure: z.enum(leakFigures),
  verdict: z.enum(["stable", "leaking", "still-warming-up", "inconclusive"]),
  /** The verdict in words, with its figures. */
  sentence: z.string(),
  /** What the growth is measured against: the run by itself, or the runs of a baseline. */
  against: z.enum(["itself", "baseline"]),
  runs: z.number().int(),
  baselineRuns: z.number().int(),
  /** From the first to the last sample of the longest run. */
  observedMs: z.number(),
  /** Left out at the start as warm-up. */
  droppedMs: z.number(),
  /** Each floor is the lowest sample of so long a span. */
  floorSpanMs: z.number(),
  /** Where the floor stands at the end, bytes or a count; null without enough samples. */
  level: z.number().nullable(),
  /**
   * Growth in bytes or counts an hour, once warm-up is over; each end of the interval errs in 1 % of cases at most.
   * Against a baseline: what the runs grow more than the baseline's.
   */
  growthPerHour: z.object({ estimate: z.number(), low: z.number(), high: z.number() }).nullable(),
  /** Growth that would matter, per hour. */
  minimumPerHour: z.number(),
  /** Proven: growth stays below this, per hour. Null unless `stable`. */
  belowPerHour: z.number().nullable(),
  /** Fitted time constant of the warm-up, where growth is slowing. */
  timeConstantMs: z.number().nullable(),
  /** How long a run would have to last to tell; null where this one did. */
  runAtLeastMs: z.number().nullable(),
  /** Where `leaking` and a limit is known: from its soonest to its latest; null where the slowest growth never reaches it. */
  timeToLimitMs: z.object({ low: z.number(), high: z.number().nullable() }).nullable(),
  /** The floors that the verdict rests on, of the first run, for drawing. */
  floor: z.array(z.object({ atMs: z.number(), value: z.number() })),
  /** The fitted growth between the first and last floor, without the warm-up's part. */
  line: z.object({ fromMs: z.number(), from: z.number(), toMs: z.number(), to: z.number() }).nullable(),
});
/** Whether a figure of a watched source grows without end. */
export type LeakVerdict = z.infer<typeof leakVerdictSchema>;

export const runFloorsSchema = z.object({
  source: z.string(),
  figure: z.enum(leakFigures),
  /** Each floor is the lowest sample of so long a span. */
  spanMs: z.number(),
  /** After the warm-up's first part. */
  floor: z.array(z.tuple([z.number(), z.number()])),
});
/** The floors of one run, for holding other runs against them: milliseconds since its start, and bytes or a count. */
export type RunFloors = z.infer<typeof runFloorsSchema>;

/** What a run's verdicts leave for later comparisons. */
export function floorsOfVerdicts(leaks: readonly LeakVerdict[] | undefined): RunFloors[] {
  return (leaks ?? [])
    .filter(({ floor }) => floor.length > 0)
    .map(({ source, figure, floorSpanMs, floor }) => ({
      source,
      figure,
      spanMs: floorSpanMs,
      floor: floor.map(({ atMs, value }) => [atMs, value]),
    }));
}

/** One run's samples of one figure, in the order of time. */
export interface LeakSeries {
  /** Milliseconds since the run's start. */
  readonly timesMs: readonly number[];
  /** Bytes or counts, as many as times; what no memory can be (NaN, negative, beyond 2^53) is left out. */
  readonly values: readonly number[];
}
