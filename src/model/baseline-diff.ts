import type { Comparison } from "./comparison.js";

/** One side of a difference between two baselines, in figures. */
export interface DiffedBaseline {
  readonly name: string;
  readonly acceptedAt: string;
  readonly acceptedBy: string;
  readonly note: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Ids of all its runs, oldest first. */
  readonly runs: readonly string[];
}

/** What `loadline baseline diff --json` prints: what sets two baselines of one scenario apart. */
export interface BaselineDiff {
  readonly schema: "loadline.baseline-diff/1";
  readonly scenario: string;
  readonly a: DiffedBaseline;
  readonly b: DiffedBaseline;
  /** Runs that are part of both: they say nothing about a difference and are not compared. */
  readonly shared: readonly string[];
  /** B's own runs against A's own; null where a side has none. */
  readonly comparison: Comparison | null;
}
