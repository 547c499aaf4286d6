import type { Verdict } from "../model/comparison.js";
import type { Effect } from "./effect.js";

// METHOD section 2: the upper bound of `pass` is one-sided 95 %, those of `regressed` and `improved` 99 %.
const passConfidence = 0.95;

/** Errors that a whole table may make: family-wise among gating rows, rate of false discoveries among the others. */
export const tableLevels = { gating: 0.05, informational: 0.1 } as const;

export interface Rule {
  /** The practical margin, or the bound, in the terms of the effect. */
  readonly limit: number;
  /** The limit is a bound that itself must be proven crossed; a margin only has to be not provably kept. */
  readonly isBound: boolean;
  /** The p-value of "not worse" after Holm or Benjamini-Hochberg, and what it is held against. */
  readonly adjusted: number;
  readonly level: number;
  /** Planned looks among which every error is split. */
  readonly looks: number;
}

/** The confidence of `pass` at one of so many looks. */
export function passConfidenceAt(looks: number): number {
  return splitAmong(looks, passConfidence);
}

/** The confidence that each of several looks needs so that all together keep the given one (Bonferroni). */
export function splitAmong(looks: number, confidence: number): number {
  return 1 - (1 - confidence) / looks;
}

/**
 * The word for one series.
 *
 * `pass` claims equivalence: the change is below the margin. `regressed` claims a change for the worse that is not
 * provably below the margin, and must also survive the table's adjustment for many series.
 */
export function judge(effect: Effect, { limit, isBound, adjusted, level, looks }: Rule): Verdict {
  const certainty = splitAmong(looks, effect.certainty);
  if (effect.upper(passConfidenceAt(looks)) < limit) {
    if (!isBound && effect.pBetter < 1 - certainty) return "improved";
    return effect.mayPass ? "pass" : "inconclusive";
  }
  if (isBound) return effect.lower(certainty) > limit ? "regressed" : "inconclusive";
  return effect.pWorse < 1 - certainty && adjusted <= level / looks ? "regressed" : "inconclusive";
}
