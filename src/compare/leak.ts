import { type LeakFigure, type LeakSeries, type LeakVerdict, leakFigures } from "../model/leak.js";
import { exitCodes, Problem } from "../model/problem.js";
import type { Point } from "../stats/theil-sen.js";
import { growthAgainst } from "./leak-against.js";
import { growthAlone } from "./leak-alone.js";
import { floorsOf, hourMs, pointsOf, runShape } from "./leak-floors.js";
import { leakSentence } from "./leak-words.js";

export interface LeakOptions {
  /** Default "rssBytes". */
  readonly figure?: LeakFigure;
  readonly source?: string;
  /** Runs of the accepted version; with two or more, growth is judged by what it exceeds theirs. */
  readonly baseline?: readonly LeakSeries[];
  /** Growth that would matter, bytes or counts an hour. Default: 1 MB or ten an hour, or 1 % of the level where that is more. */
  readonly minimumPerHour?: number;
  /** Where the figure would hit its limit, bytes or counts. */
  readonly limit?: number;
  /** The series are floors of so long a span already, without the start of their runs. */
  readonly floorsOfMs?: number;
  /** Of the bootstrap; the same seed gives the same verdict to the byte. Default 1. */
  readonly seed?: number;
}

/** Shorter than this says nothing about growth. */
const shortestMs = 60_000;
const fewestFloors = 8;
const minimumShare = 0.01;
// A positive claim must be worth something: at most this share of the level could have come in unseen during the run.
const unseenShare = 0.2;

/**
 * Whether memory, descriptors or threads grow without end.
 *
 * The floor after garbage collection is judged, not every sample; the warm-up at the start is left out, and what remains
 * of it is a part of the model. `leaking` means that no plausible warm-up explains the growth, at 99 %. Against a baseline
 * the runs' Theil-Sen slopes are compared by Welch's t, so that a warm-up that both share cancels. See docs/soak.md.
 *
 * @param runs one run's samples, or those of several runs of one version
 * @throws {Problem} `leak.unequal-lengths`, `leak.no-run`
 */
export function judgeLeak(runs: LeakSeries | readonly LeakSeries[], options: LeakOptions = {}): LeakVerdict {
  const candidate = "timesMs" in runs ? [runs] : runs;
  const baseline = options.baseline ?? [];
  for (const series of [...candidate, ...baseline]) checkLengths(series);
  if (candidate.length === 0) {
    throw new Problem("leak.no-run", "No run was given.", { expected: "at least one", exitCode: exitCodes.usage });
  }
  const figure = options.figure ?? leakFigures[0];
  const { observedMs, droppedMs, spanMs } = shapeOf([...candidate, ...baseline], options);
  const floorOf = (series: LeakSeries): Point[] =>
    options.floorsOfMs === undefined ? floorsOf(series, droppedMs, spanMs) : pointsOf(series);
  const floors = candidate.map(floorOf);
  const level = floors[0]!.length === 0 ? null : levelOf(floors);
  const isBytes = figure.endsWith("Bytes");
  const minimumPerHour = options.minimumPerHour ?? Math.max(isBytes ? 1e6 : 10, minimumShare * Math.max(0, level ?? 0));
  const startMs = candidate[0]!.timesMs[0] ?? 0;
  const base = {
    source: options.source ?? "",
    figure,
    against: baseline.length > 0 ? ("baseline" as const) : ("itself" as const),
    runs: candidate.length,
    baselineRuns: baseline.length,
    observedMs,
    droppedMs,
    floorSpanMs: spanMs,
    level,
    minimumPerHour,
    floor: floors[0]!.map(({ x, y }) => ({ atMs: startMs + x, value: y })),
  };
  const finish = (rest: Omit<LeakVerdict, keyof typeof base | "sentence">): LeakVerdict => {
    const verdict = { ...base, ...rest, sentence: "" };
    return { ...verdict, sentence: leakSentence(verdict) };
  };

  const baselineFloors = baseline.map(floorOf);
  const enough = (points: readonly Point[]): boolean => points.length >= fewestFloors;
  if (level === null || observedMs < shortestMs || ![...floors, ...baselineFloors].every(enough)) {
    return finish({
      verdict: "inconclusive",
      growthPerHour: null,
      belowPerHour: null,
      timeConstantMs: null,
      runAtLeastMs: Math.max(10 * shortestMs, observedMs * 2),
      timeToLimitMs: null,
      line: null,
    });
  }
  const resolution = isBytes ? 4096 : 1;
  const input = { observedMs, minimumPerHour, resolution, seed: options.seed ?? 1 };
  const found = baseline.length > 0 ? growthAgainst(floors, baselineFloors, input) : growthAlone(floors, input);
  const { low, high } = found.growthPerHour;
  const hours = observedMs / hourMs;
  const useful = high <= Math.max(2 * minimumPerHour, (unseenShare * level) / hours);
  const verdict = found.leaks ? "leaking" : found.slowing ? "still-warming-up" : useful ? "stable" : "inconclusive";
  return finish({
    verdict,
    growthPerHour: found.growthPerHour,
    belowPerHour: verdict === "stable" ? Math.max(high, 0) : null,
    timeConstantMs: found.timeConstantMs,
    runAtLeastMs:
      verdict === "still-warming-up"
        ? Math.max(5 * (found.timeConstantMs ?? 0), 1.5 * observedMs)
        : verdict === "inconclusive"
          ? 2 * observedMs
          : null,
    timeToLimitMs: verdict === "leaking" ? timeToLimit(level, low, high, options.limit) : null,
    line: found.line && { ...found.line, fromMs: startMs + found.line.fromMs, toMs: startMs + found.line.toMs },
  });
}

function shapeOf(runs: readonly LeakSeries[], { floorsOfMs, baseline = [] }: LeakOptions) {
  const shape = runShape(runs, baseline.length > 0);
  return floorsOfMs === undefined ? shape : { observedMs: shape.observedMs, droppedMs: 0, spanMs: floorsOfMs };
}

function checkLengths({ timesMs, values }: LeakSeries): void {
  if (timesMs.length === values.length) return;
  throw new Problem("leak.unequal-lengths", "A series has not as many values as times.", {
    found: `${timesMs.length} times, ${values.length} values`,
    exitCode: exitCodes.usage,
  });
}

/** Where the floor stood over the last tenth, averaged over the runs. */
function levelOf(floors: readonly (readonly Point[])[]): number {
  const levels = floors.map((points) => {
    const tail = points.slice(-Math.max(3, Math.ceil(points.length / 10)));
    return tail.reduce((sum, { y }) => sum + y, 0) / Math.max(1, tail.length);
  });
  return levels.reduce((sum, one) => sum + one, 0) / levels.length;
}

function timeToLimit(
  level: number,
  low: number,
  high: number,
  limit: number | undefined,
): LeakVerdict["timeToLimitMs"] {
  if (limit === undefined || !(limit > 0) || high <= 0) return null;
  const room = Math.max(0, limit - level);
  return { low: (room / high) * hourMs, high: low > 0 ? (room / low) * hourMs : null };
}
