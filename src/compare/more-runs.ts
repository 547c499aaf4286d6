import { studentQuantile } from "../stats/student-t.js";
import type { Effect } from "./effect.js";

// Beyond this nobody will make the runs.
const mostRuns = 100;
const power = 0.9;

// A difference this near to the margin is a coin's toss, however many runs are made.
const nearMargin = 0.1;

export interface Remedy {
  /** Runs a side; null where no number of runs would do. */
  readonly runs: number | null;
  /** The same in words, to end a sentence with. */
  readonly words: string;
}

/**
 * Runs a side after which nine of ten comparisons would be settled, if the difference and the spread are as they seem.
 *
 * METHOD: n ≈ 2·((z_α + z_β)·s / gap)², with t quantiles of 2n − 2 degrees of freedom for z because n is small. The
 * gap is the room up to the margin where a `pass` is in reach (α = 5 %), else the difference itself (α = 1 %).
 *
 * In pairs each session gives one difference: (…)² without the 2, and n − 1 degrees of freedom.
 *
 * @param limit the margin in the terms of the effect
 * @param runs of the side that has fewer
 */
export function runsToSettle({ difference, spread, isPaired }: Effect, limit: number, runs: number): Remedy {
  if (Math.abs(difference - limit) < nearMargin * limit) {
    return { runs: null, words: "the difference sits on the margin, so it is undecidable at this margin" };
  }
  const canPass = difference < limit;
  const gap = canPass ? limit - Math.max(difference, 0) : difference;
  const confidence = canPass ? 0.95 : 0.99;
  for (let n = 3; n <= mostRuns; n += 1) {
    const df = isPaired === true ? n - 1 : 2 * n - 2;
    const quantiles = studentQuantile(confidence, df) + studentQuantile(power, df);
    if (n < (isPaired === true ? 1 : 2) * ((quantiles * spread) / gap) ** 2) continue;
    const needed = Math.max(n, runs + 1);
    return { runs: needed, words: `about ${needed} ${isPaired === true ? "sessions" : "runs a side"} would settle it` };
  }
  return {
    runs: null,
    words: `over ${mostRuns} ${isPaired === true ? "sessions" : "runs a side"} would be needed, so longer runs or a wider margin`,
  };
}
