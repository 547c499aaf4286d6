import type { ComparedRun, ComparedSide, CompareOptions, Comparison, ComparisonRow } from "../model/comparison.js";
import { type LeakVerdict, leakFigureNames } from "../model/leak.js";
import type { PlainRun } from "../model/plain-run.js";
import { Problem } from "../model/problem.js";
import { benjaminiHochberg, holm } from "../stats/multiplicity.js";
import { type Assessment, assess, type Margins, type Sides } from "./assess.js";
import { compareLeaks } from "./leak-compared.js";
import { compareSides, type Difference, describeDifference } from "./likeness.js";
import { disturbanceOf, undisturbed } from "./neighbours.js";
import { overall } from "./overall.js";
import { plainSide } from "./plain-side.js";
import { defaultGate, informational, namedGate, nameOf } from "./questions.js";
import { makeRow } from "./row.js";
import { spreadNotes } from "./spread-notes.js";
import { countWords } from "./words.js";

export interface CompareInput {
  /** "" unless given. */
  readonly scenario?: string;
  /** Null where there is none yet: the rows then show the candidate alone. */
  readonly baseline: ComparedSide | readonly PlainRun[] | null;
  readonly candidate: ComparedSide | readonly PlainRun[];
  readonly options?: CompareOptions;
}

/**
 * Holds the runs of a candidate against those of a baseline: METHOD sections 1 to 3.
 *
 * The run is the unit. Gating rows are adjusted by Holm (5 % family-wise), the others by Benjamini-Hochberg (10 %).
 * Invalid runs are left out, and no verdict better than `inconclusive` stands on what is left.
 *
 * With `pairs` the sessions are judged instead, by a t test on their log ratios: METHOD section 4.
 *
 * @throws {Problem} `compare.gate-invalid`, `compare.margin-invalid`, `compare.bound-invalid`, or `compare.run-invalid` for plain runs
 */
export function compareRuns({ scenario = "", options = {}, ...given }: CompareInput): Comparison {
  const { baseline, candidate } = wholeSides(given);
  const margins = marginsOf(options);
  const sides = baseline === null ? [candidate] : [baseline, candidate];
  const explicit = options.gate !== undefined && options.gate.length > 0;
  const gate = explicit ? namedGate(options.gate!, sides) : defaultGate(sides);
  const looks = options.looks ?? 1;
  const usable = sidesOf(baseline, candidate, options.pairs);
  const differences = baseline === null ? [] : compareSides(baseline, candidate);
  const forbidden = forbiddenBy(baseline, candidate, usable, differences);

  const gated = gate.map((question) => assess(question, usable, margins, explicit ? "explicit" : "default"));
  const others = informational(gate, sides).map((question) => assess(question, usable, margins, "none"));
  const gating = gated.filter((one) => one.gating);
  const rows = [
    ...makeRows(gating, holm, looks, forbidden),
    ...makeRows([...gated.filter((one) => !one.gating), ...others], benjaminiHochberg, looks, forbidden),
  ];
  const leaks = forbidden === undefined ? compareLeaks(usable.baseline, usable.candidate) : [];
  // Sessions that alternate share their machine's mood.
  const disturbance = usable.arePaired
    ? undefined
    : disturbanceOf(usable.baseline, usable.candidate, candidate.environment.cores);
  const proven = disturbance === undefined ? rows : rows.map((row) => undisturbed(row, disturbance));
  const isLatency = (one: Assessment) => one.question.of.kind === "quantile";
  return {
    schema: "loadline.comparison/1",
    scenario,
    baseline: baseline === null ? null : describeBaseline(baseline),
    candidate: { runs: candidate.runs.map((run) => run.id) },
    ...overall({
      rows: proven,
      forbidden,
      reservation: reservationOf(candidate.runs) ?? disturbedVerdict(rows, proven),
      runs: { baseline: usable.baseline.length, candidate: usable.candidate.length },
      noLatency: gating.some(isLatency) ? undefined : gated.find(isLatency)?.obstacle,
    }),
    rows: proven,
    differences,
    warnings: [
      ...spreadNotes(proven),
      ...(disturbance === undefined ? [] : [disturbance.text]),
      ...warningsOf(baseline, candidate, differences, gated),
      ...leakWarnings(leaks),
    ],
    ...(leaks.length === 0 ? {} : { leaks }),
  };
}

/** Why a verdict that stood in the rows does not stand any more. */
function disturbedVerdict(before: readonly ComparisonRow[], after: readonly ComparisonRow[]): string | undefined {
  const lost = before.findIndex((row, i) => row.gating && row.verdict !== after[i]!.verdict);
  return lost < 0 ? undefined : `${nameOf(before[lost]!)}: ${after[lost]!.reason}`;
}

function leakWarnings(leaks: readonly LeakVerdict[]): string[] {
  const leaking = leaks.filter((leak) => leak.verdict === "leaking");
  return leaking.map((leak) => `${leak.source}, ${leakFigureNames[leak.figure]}: ${leak.sentence}`);
}

/** Plain runs are completed to sides. */
function wholeSides({ baseline, candidate }: Pick<CompareInput, "baseline" | "candidate">) {
  const whole = [baseline, candidate].find((side) => side !== null && !isPlain(side)) as ComparedSide | undefined;
  return {
    baseline: isPlain(baseline) ? plainSide(baseline, "baseline", whole) : baseline,
    candidate: isPlain(candidate) ? plainSide(candidate, "candidate", whole) : candidate,
  };
}

function isPlain(side: ComparedSide | readonly PlainRun[] | null): side is readonly PlainRun[] {
  return Array.isArray(side);
}

/**
 * Refuses options that no comparison could use, before hours are spent on its runs.
 *
 * @throws {Problem} as {@link compareRuns}
 */
export function checkCompareOptions(options: CompareOptions): void {
  marginsOf(options);
  namedGate(options.gate ?? [], []);
}

function marginsOf({ margin = 0.05, ratioMargin = 0.001, margins = {}, maxRatio }: CompareOptions): Margins {
  const own = Object.entries(margins).map(([name, value]) => [`margins["${name}"]`, value] as const);
  for (const [at, found] of [...Object.entries({ margin, ratioMargin }), ...own]) {
    if (found > 0 && found < Infinity) continue;
    throw new Problem("compare.margin-invalid", "The practical margin is not a usable number.", {
      at,
      found,
      expected: "a ratio above 0",
      hint: "Write 5 % as 0.05.",
    });
  }
  if (maxRatio !== undefined && !(maxRatio > 1 && maxRatio < Infinity)) {
    throw new Problem("compare.bound-invalid", "The bound is not a usable ratio.", {
      at: "maxRatio",
      found: maxRatio,
      expected: "a ratio above 1",
      hint: "Write 2 where the candidate may take at most twice as long.",
    });
  }
  return { margin, ratioMargin, margins, maxRatio };
}

/** The runs that count; of pairs only those of which both count, in the order of the sessions. */
function sidesOf(baseline: ComparedSide | null, candidate: ComparedSide, pairs: CompareOptions["pairs"]): Sides {
  const usable = { baseline: usableRuns(baseline?.runs ?? []), candidate: usableRuns(candidate.runs) };
  if (pairs === undefined) return { ...usable, arePaired: false };
  const find = (runs: readonly ComparedRun[], id: string) => runs.find((run) => run.id === id);
  const sessions = pairs.flatMap(([left, right]) => {
    const [a, b] = [find(usable.baseline, left), find(usable.candidate, right)];
    return a === undefined || b === undefined ? [] : [[a, b] as const];
  });
  return { baseline: sessions.map(([a]) => a), candidate: sessions.map(([, b]) => b), arePaired: true };
}

/** Rows with their verdicts, worst first. */
function makeRows(
  assessments: readonly Assessment[],
  adjust: (pValues: readonly number[]) => number[],
  looks: number,
  forbidden: string | undefined,
): ComparisonRow[] {
  const judged = assessments.filter((one) => one.effect !== undefined && !one.isBound);
  const adjusted = adjust(judged.map((one) => one.effect!.pWorse));
  const adjustedOf = new Map(judged.map((one, i) => [one, adjusted[i]!]));
  const made = assessments.map((one) => {
    const weight = one.effect === undefined ? -Infinity : one.effect.difference / one.limit;
    return { weight, row: makeRow(one, adjustedOf.get(one) ?? 1, looks, forbidden) };
  });
  const rank = { regressed: 0, inconclusive: 1, pass: 2, improved: 3 } as const;
  made.sort(
    (a, b) => rank[a.row.verdict] - rank[b.row.verdict] || (b.weight > a.weight ? 1 : b.weight < a.weight ? -1 : 0),
  );
  return made.map(({ row }) => row);
}

/** Each run once: counted twice, it would understate the spread. */
function usableRuns(runs: readonly ComparedRun[]): ComparedRun[] {
  return runs.filter((run, i) => isUsable(run) && runs.findIndex((other) => other.id === run.id) === i);
}

/** A run that was cut off has not been judged, and one that failed its own plan measured something else. */
function isUsable({ validity }: ComparedRun): boolean {
  return validity.state === "valid" || validity.state === "degraded";
}

function forbiddenBy(
  baseline: ComparedSide | null,
  candidate: ComparedSide,
  usable: Sides,
  differences: readonly Difference[],
): string | undefined {
  if (baseline === null) return "There is no baseline to compare with.";
  if (candidate.runs.length === 0) return "There is no run to compare.";
  if (usable.candidate.length === 0) return `The candidate cannot be judged: ${whyUnusable(candidate.runs)}`;
  if (usable.baseline.length === 0) return `The baseline cannot be used: ${whyUnusable(baseline.runs)}`;
  if (allFailed(usable.baseline)) return "The baseline cannot be used: all of its requests failed.";
  const shared = usable.candidate.find((run) => usable.baseline.some((other) => other.id === run.id));
  if (shared !== undefined) return `Run ${shared.id} is part of the baseline, and cannot be held against itself.`;
  const musts = differences.filter((difference) => difference.must).map(describeDifference);
  return musts.length === 0 ? undefined : `The runs are not alike, so no verdict is possible: ${musts.join("; ")}.`;
}

/** Times of nothing but failures say nothing about a target. */
function allFailed(runs: readonly ComparedRun[]): boolean {
  const counts = runs.map((run) => run.rates.http_req_failed ?? [0, 0]);
  const total = counts.reduce((sum, [, requests]) => sum + requests, 0);
  return total > 0 && counts.every(([failed, requests]) => failed === requests);
}

function whyUnusable(runs: readonly ComparedRun[]): string {
  const [first] = runs;
  if (first === undefined) return "it holds no run.";
  if (first.validity.state === "unknown") return "the run was interrupted or has not ended.";
  const reasons = first.validity.reasons.map((reason) => reason.text).join(" ");
  return `the run is invalid. ${reasons}`.trim();
}

function reservationOf(runs: readonly ComparedRun[]): string | undefined {
  const left = runs.filter((run) => !isUsable(run));
  if (left.length === 0) return undefined;
  return `${left.length} of ${countWords(runs.length, "candidate run")} cannot be judged: ${whyUnusable(left)}`;
}

function warningsOf(
  baseline: ComparedSide | null,
  candidate: ComparedSide,
  differences: readonly Difference[],
  gated: readonly Assessment[],
): string[] {
  const runs = [...(baseline?.runs ?? []), ...candidate.runs];
  const unusable = runs
    .filter((run) => !isUsable(run))
    .map((run) => `Run ${run.id} was left out: ${whyUnusable([run])}`);
  const degraded = runs
    .filter((run) => run.validity.state === "degraded")
    .map((run) => `Run ${run.id}: ${run.validity.reasons.map((reason) => reason.text).join(" ")}`);
  const unlike = differences
    .filter((one) => !one.must)
    .map((one) => `Unlike the baseline, ${describeDifference(one)}.`);
  const ungated = gated
    .filter((one) => !one.gating)
    .map((one) => `${nameOf(one.question)} does not gate. ${one.obstacle}`);
  const twice = [baseline?.runs ?? [], candidate.runs].flatMap((side) => {
    const ids = side.map((run) => run.id);
    return [...new Set(ids.filter((id, i) => ids.indexOf(id) !== i))].map(
      (id) => `Run ${id} was given twice; it counts once.`,
    );
  });
  return [
    ...(baseline?.notes ?? []),
    ...(candidate.notes ?? []),
    ...unusable,
    ...twice,
    ...degraded,
    ...unlike,
    ...ungated,
  ];
}

function describeBaseline({ name, acceptedAt, runs }: ComparedSide): NonNullable<Comparison["baseline"]> {
  const described = { name: name ?? "baseline", runs: runs.map((run) => run.id) };
  return acceptedAt === undefined ? described : { ...described, acceptedAt };
}
