import type { Comparison, ComparisonRow, Verdict } from "../model/comparison.js";
import { nameOf } from "./questions.js";
import { countWords, percentWords, sizeWords } from "./words.js";

/** What is known of a comparison before its one word. */
export interface OverallInput {
  readonly rows: readonly ComparisonRow[];
  /** Why nothing may be judged at all. */
  readonly forbidden: string | undefined;
  /** Why `pass` and `improved` may not be said although rows could be judged. */
  readonly reservation: string | undefined;
  readonly runs: { readonly baseline: number; readonly candidate: number };
  /** Why no latency percentile could gate although some were asked for; undefined where one does. */
  readonly noLatency: string | undefined;
}

/** The word and the sentence for the whole, from the gating rows alone. */
export function overall(input: OverallInput): Pick<Comparison, "verdict" | "reason"> {
  if (input.forbidden !== undefined) return { verdict: "inconclusive", reason: input.forbidden };
  const gating = input.rows.filter((row) => row.gating);
  const verdict = wordOf(gating);
  if (verdict === "regressed") return { verdict, reason: regressedReason(gating) };
  if (input.reservation !== undefined) return { verdict: "inconclusive", reason: input.reservation };
  if (gating.length === 0) return { verdict: "inconclusive", reason: "No series gates this comparison." };
  if (verdict === "inconclusive") return { verdict, reason: inconclusiveReason(gating, input) };
  if (input.noLatency !== undefined) {
    return { verdict: "inconclusive", reason: `No latency percentile could be judged. ${input.noLatency}` };
  }
  const against = `${countWords(input.runs.candidate, "run")} against ${input.runs.baseline}`;
  if (verdict === "pass") {
    return {
      verdict,
      reason: `All ${gating.length} gating series are within their margins of the baseline (${against}).`,
    };
  }
  const best = gating.find((row) => row.verdict === "improved")!;
  const size = sizeWords(best.change!, best.unit);
  return { verdict, reason: `${nameOf(best)} is better by ${size}, and no gating series is worse (${against}).` };
}

function wordOf(gating: readonly ComparisonRow[]): Verdict {
  for (const word of ["regressed", "inconclusive", "improved"] as const) {
    if (gating.some((row) => row.verdict === word)) return word;
  }
  return gating.length === 0 ? "inconclusive" : "pass";
}

function regressedReason(gating: readonly ComparisonRow[]): string {
  const [worst, ...others] = gating.filter((row) => row.verdict === "regressed");
  const size = sizeWords(worst!.change!, worst!.unit);
  const more = others.length === 0 ? "" : ` (and ${others.length} more of ${gating.length} gating series)`;
  const margin = worst!.unit === "ratio" ? sizeWords(worst!.margin, "ratio") : percentWords(worst!.margin);
  return `${nameOf(worst!)} is worse than the baseline by ${size}${more}; the margin is ${margin}.`;
}

function inconclusiveReason(gating: readonly ComparisonRow[], { runs }: OverallInput): string {
  const open = gating.filter((row) => row.verdict === "inconclusive");
  const unanswered = open.filter((row) => row.change === null);
  if (unanswered.length > 0) return `${nameOf(unanswered[0]!)} cannot be judged. ${unanswered[0]!.reason}`;
  const subject = open.length === 1 ? nameOf(open[0]!) : `${open.length} of ${gating.length} gating series`;
  const single = Math.min(runs.baseline, runs.candidate) === 1 ? " with a single run on a side" : "";
  const needed = open.some((row) => row.moreRuns === null) ? null : Math.max(...open.map((row) => row.moreRuns!));
  const remedy =
    needed === null
      ? "no number of runs that can be made would settle all"
      : `about ${needed} runs a side would settle it`;
  return `${subject} cannot be told from the margin${single}; ${remedy}.`;
}
