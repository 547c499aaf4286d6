import type { ComparedRun, ComparisonRow, Verdict } from "../model/comparison.js";

/** Beyond these differences between the sides, what differs may be the machine's doing. */
export const neighbourLimits = {
  /** Of the machine's CPU, used by others. */
  cpuShare: 0.1,
  /** Of the machine's CPU time, given to others by its hypervisor. */
  stealRatio: 0.02,
} as const;

/** Which side's machine had more of other work to do, so much that a verdict in its disfavour proves nothing. */
export interface Disturbance {
  readonly busier: "baseline" | "candidate";
  /** A sentence with both figures. */
  readonly text: string;
}

/**
 * A row as far as it still proves something: others' work makes a target slower, never faster.
 *
 * So a busier machine takes `regressed` from times and rates of the candidate, or `pass` and `improved` where it was
 * busier beside the baseline. Errors and memory stand.
 */
export function undisturbed(row: ComparisonRow, { busier, text }: Disturbance): ComparisonRow {
  const lost: readonly Verdict[] = busier === "candidate" ? ["regressed"] : ["pass", "improved"];
  if (!lost.includes(row.verdict) || (row.unit !== "ms" && row.unit !== "per second")) return row;
  const found = row.verdict === "pass" ? "Not worse" : `${row.reason.slice(0, -1)}`;
  return {
    ...row,
    verdict: "inconclusive",
    moreRuns: null,
    reason: `${found}, but the machine was not alike. ${text}`,
  };
}

/** @returns undefined where the sides were alike, or where a run on either side does not say */
export function disturbanceOf(
  baseline: readonly ComparedRun[],
  candidate: readonly ComparedRun[],
  cores: number,
): Disturbance | undefined {
  const cpu = [meanOf(baseline, "othersCores"), meanOf(candidate, "othersCores")] as const;
  const steal = [meanOf(baseline, "stealRatio"), meanOf(candidate, "stealRatio")] as const;
  return (
    disturbance(
      cpu,
      neighbourLimits.cpuShare * cores,
      (figure) => `${figure.toFixed(2)} cores`,
      "Other programs used",
    ) ??
    disturbance(steal, neighbourLimits.stealRatio, (figure) => `${(100 * figure).toFixed(1)} %`, "The hypervisor took")
  );
}

function disturbance(
  [before, now]: readonly [number | undefined, number | undefined],
  limit: number,
  words: (figure: number) => string,
  subject: string,
): Disturbance | undefined {
  if (before === undefined || now === undefined || Math.abs(now - before) <= limit) return undefined;
  return {
    busier: now > before ? "candidate" : "baseline",
    text: `${subject} ${words(now)} of this machine beside the candidate and ${words(before)} beside the baseline.`,
  };
}

function meanOf(runs: readonly ComparedRun[], figure: "othersCores" | "stealRatio"): number | undefined {
  const values = runs.flatMap(({ load }) => load?.[figure] ?? []);
  if (values.length < runs.length || runs.length === 0) return undefined;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
