import type { Segmentation } from "../model/options.js";
import { Stripe } from "./striping.js";

/** What part of a test an engine has: its machine's segment of the whole, and its own part of that. Plain data. */
export interface Segments {
  /** `executionSegment` of this process among those of other machines. */
  readonly ofTest: Segmentation;
  /** This engine among the workers of its process. */
  readonly ofInstance: Segmentation;
}

/**
 * An engine's share of VUs, arrivals and iterations: pure arithmetic on their numbers, so that the shares of all engines
 * make up the whole exactly.
 *
 * In k6's words an instance is a process; the workers of a process are one instance.
 */
export interface Share {
  /** How many of the first `total` things of the test are this engine's. */
  countOf(total: number): number;
  /** The number of this engine's nth thing among those of its process. */
  inInstance(n: number): number;
  /** The same among those of the whole test. */
  inTest(n: number): number;
  /** The share of what `vus` virtual users do, in proportion to how many of them are this engine's. */
  among(vus: number): Share;
}

export const undivided: Segmentation = { parts: [1], index: 0 };

/** A run that is neither cut into segments nor spread over workers. */
export const wholeShare: Share = {
  countOf: (total) => total,
  inInstance: (n) => n,
  inTest: (n) => n,
  among: () => wholeShare,
};

const noShare: Share = { countOf: () => 0, inInstance: (n) => n, inTest: (n) => n, among: () => noShare };

/** The segment first, and the workers' parts of what is left: workers that split a segment must not spill into another. */
export function shareOf({ ofTest, ofInstance }: Segments): Share {
  if (ofTest.parts.length === 1 && ofInstance.parts.length === 1) return wholeShare;
  const test = new Stripe(ofTest);
  const instance = new Stripe(ofInstance);
  return {
    countOf: (total) => instance.countOf(test.countOf(total)),
    inInstance: (n) => instance.numberOf(n),
    inTest: (n) => test.numberOf(instance.numberOf(n)),
    among(vus) {
      const narrowedTest = test.among(vus);
      const narrowedInstance = instance.among(test.countOf(vus));
      if (narrowedTest === undefined || narrowedInstance === undefined) return noShare;
      return shareOf({ ofTest: narrowedTest, ofInstance: narrowedInstance });
    },
  };
}

/** The segments of one of several workers with equal parts. */
export function workerSegments(ofTest: Segmentation, worker: number, workers: number): Segments {
  return { ofTest, ofInstance: { parts: Array.from({ length: workers }, () => 1), index: worker } };
}
