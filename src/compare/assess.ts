import type { ComparedRun, ComparisonRow } from "../model/comparison.js";
import { type Effect, logEffect, proportionEffect } from "./effect.js";
import { type Measured, measure } from "./measure.js";
import { boundEffect, pairedEffect } from "./paired-effect.js";
import { nameOf, type Question } from "./questions.js";

/** A question with its answer, before the table's adjustment for many series makes a verdict of it. */
export interface Assessment {
  readonly question: Question;
  readonly gating: boolean;
  readonly baseline: number | null;
  readonly candidate: number | null;
  /** Runs of the side that answered with fewer. */
  readonly runs: number;
  /** The practical margin in the terms of the effect, and in those of the row's `change`. */
  readonly limit: number;
  readonly margin: number;
  /** `limit` is a bound: crossing it must be proven as well as keeping it. */
  readonly isBound: boolean;
  /** Absent where `obstacle` says why there is none. */
  readonly effect?: Effect;
  readonly obstacle?: string;
}

export interface Margins {
  readonly margin: number;
  readonly ratioMargin: number;
  /** By row or by series, before the two above. */
  readonly margins: Readonly<Record<string, number>>;
  /** Of gating latencies, in the margin's place. */
  readonly maxRatio?: number | undefined;
}

export interface Sides {
  readonly baseline: readonly ComparedRun[];
  readonly candidate: readonly ComparedRun[];
  /** The nth run of either side belongs to the nth session. */
  readonly arePaired: boolean;
}

// A quantile rests on the samples beyond it: METHOD section 3.
const fewestExceedances = 100;

// HdrHistogram's buckets are 0.1 % wide, and a value lies anywhere in its bucket.
const bucketRatio = 0.001;
const evenly = Math.sqrt(12);

/**
 * Holds both sides' answers to one question against each other.
 *
 * @param explicit the user named this row: then it gates even where it cannot be judged
 */
export function assess(
  question: Question,
  given: Sides,
  margins: Margins,
  gate: "default" | "explicit" | "none",
): Assessment {
  const sides = given.arePaired ? answeredByBoth(question, given) : given;
  const a = measure(question, sides.baseline);
  const b = measure(question, sides.candidate);
  const isRatio = question.of.kind === "proportion";
  // A rate that may fall to 1 / (1 + δ) of the baseline's mirrors a latency that may rise to 1 + δ of it.
  const isBound =
    margins.maxRatio !== undefined &&
    gate !== "none" &&
    (question.of.kind === "quantile" || question.of.kind === "mean");
  const margin = isBound ? margins.maxRatio! - 1 : marginOf(question, margins);
  const mirrored = question.better === "higher" ? margin / (1 + margin) : margin;
  const common = {
    question,
    gating: gate !== "none",
    baseline: levelOf(a, question),
    candidate: levelOf(b, question),
    runs: Math.min(countOf(a), countOf(b)),
    limit: isRatio ? margin : Math.log1p(margin),
    margin: isRatio ? margin : mirrored,
    isBound,
  };
  if (countOf(a) === 0 && countOf(b) === 0) {
    return { ...common, gating: gate === "explicit", obstacle: "Neither side has it." };
  }
  if (countOf(a) === 0) return { ...common, obstacle: "The baseline does not have it." };
  if (countOf(b) === 0) return { ...common, obstacle: "The candidate does not have it." };
  if (a.kind === "proportions" && b.kind === "proportions") {
    return { ...common, effect: proportionEffect(a.runs, b.runs) };
  }
  if (a.kind === "proportions" || b.kind === "proportions") throw new Error("one question, two kinds of answer");
  const fewest = Math.min(a.exceedances, b.exceedances);
  if (fewest < fewestExceedances) {
    const obstacle = `Not gateable at this length: ${Math.floor(fewest)} samples lie beyond it, ${fewestExceedances} are needed.`;
    return { ...common, gating: gate === "explicit", obstacle };
  }
  const sign = question.better === "lower" ? 1 : -1;
  const grain = Math.max(a.grain, b.grain);
  const logs = (values: readonly number[]) => values.map((value) => sign * Math.log(Math.max(value, grain)));
  const all = [...a.values, ...b.values];
  // Where everything is 0 there is nothing to resolve: nothing changed.
  const coarse = all.every((value) => value === 0) ? 0 : grain / Math.max(grain, Math.min(...all));
  const resolution = Math.max(bucketRatio, coarse) / evenly;
  const values = [logs(a.values), logs(b.values)] as const;
  if (!sides.arePaired) return { ...common, effect: logEffect(...values, resolution) };
  return { ...common, effect: isBound ? boundEffect(...values) : pairedEffect(...values, resolution) };
}

/** Only the sessions in which both sides answered, so that the answers still belong together. */
function answeredByBoth(question: Question, { baseline, candidate }: Sides): Sides {
  const answers = (run: ComparedRun) => countOf(measure(question, [run])) > 0;
  const both = baseline.map((run, i) => answers(run) && answers(candidate[i]!));
  // A series on one side only is to be told as such.
  if (!both.includes(true)) return { baseline, candidate, arePaired: false };
  const kept = (_: ComparedRun, i: number) => both[i]!;
  return { baseline: baseline.filter(kept), candidate: candidate.filter(kept), arePaired: true };
}

function marginOf(question: Question, { margin, ratioMargin, margins }: Margins): number {
  const own = margins[nameOf(question)] ?? margins[question.series];
  return own ?? (question.of.kind === "proportion" ? ratioMargin : margin);
}

function countOf(measured: Measured): number {
  return measured.kind === "numbers" ? measured.values.length : measured.runs.length;
}

/** The geometric mean over runs, or the pooled proportion in the metric's own sense (checks: how many passed). */
function levelOf(measured: Measured, question: Question): number | null {
  if (countOf(measured) === 0) return null;
  if (measured.kind === "numbers") {
    const { values, grain } = measured;
    if (values.every((value) => value === 0)) return 0;
    const level = Math.exp(values.reduce((sum, value) => sum + Math.log(Math.max(value, grain)), 0) / values.length);
    // The logarithm's rounding must not turn 1,000 a second into 999.9999999999998.
    return Number(level.toPrecision(12));
  }
  const hits = measured.runs.reduce((sum, run) => sum + run.hits, 0);
  const trials = measured.runs.reduce((sum, run) => sum + run.trials, 0);
  return (question.better === "lower" ? hits : trials - hits) / trials;
}

/** An effect's figure in the terms of the row's `change`: a ratio, or a difference of proportions. */
export function changeOf(difference: number, { better, of }: Question): number {
  // Plus 0, because a change of -0 would not survive JSON.
  const signed = (better === "lower" ? difference : -difference) + 0;
  return of.kind === "proportion" ? signed : Math.expm1(signed);
}

/** The figures that a row shows of an effect. */
export function shownEffect({ question, effect }: Assessment): Pick<ComparisonRow, "change" | "interval"> {
  if (effect === undefined) return { change: null, interval: null };
  const ends = [effect.lower(0.95), effect.upper(0.95)].map((bound) => changeOf(bound, question));
  return {
    change: changeOf(effect.difference, question),
    interval: { low: finite(Math.min(...ends)), high: finite(Math.max(...ends)), level: 0.9 },
  };
}

// Two very different runs a side can push a bound beyond what JSON can hold.
function finite(bound: number): number {
  return Math.min(bound, Number.MAX_VALUE);
}
