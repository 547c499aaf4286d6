/** Successes among trials. Both may be fractional where trials were discounted for clustering. */
export interface Proportion {
  readonly hits: number;
  readonly trials: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Wilson's score interval of a proportion (Wilson 1927): sound at 0 and at 1, and for few trials.
 *
 * @param z the normal (or t) quantile, such as 1.96
 * @returns from 0 to 1; the whole range without trials
 */
export function wilson({ hits, trials }: Proportion, z: number): Interval {
  if (!(trials > 0)) return { low: 0, high: 1 };
  const p = hits / trials;
  const shrink = 1 + (z * z) / trials;
  const centre = (p + (z * z) / (2 * trials)) / shrink;
  const reach = (z / shrink) * Math.sqrt((p * (1 - p)) / trials + (z * z) / (4 * trials * trials));
  return {
    low: hits <= 0 ? 0 : Math.max(0, centre - reach),
    high: hits >= trials ? 1 : Math.min(1, centre + reach),
  };
}

/** Newcombe's hybrid score interval (1998, his method 10) of p(b) - p(a), from -1 to 1. */
export function newcombe(a: Proportion, b: Proportion, z: number): Interval {
  const pA = ratio(a);
  const pB = ratio(b);
  const ofA = wilson(a, z);
  const ofB = wilson(b, z);
  return {
    low: pB - pA - Math.hypot(pB - ofB.low, ofA.high - pA),
    high: pB - pA + Math.hypot(ofB.high - pB, pA - ofA.low),
  };
}

function ratio({ hits, trials }: Proportion): number {
  return trials > 0 ? hits / trials : 0;
}

/** How much more runs differ than chance lets them: Pearson's chi-square over its degrees of freedom. */
export interface Dispersion {
  /** At least 1. */
  readonly factor: number;
  /** 0 where one run, or no hit at all, leaves nothing to estimate from. */
  readonly df: number;
}

/**
 * The variance inflation of proportions that come in clusters, such as errors in bursts (quasi-binomial model,
 * McCullagh and Nelder, "Generalized Linear Models", section 4.5).
 *
 * @param sides the runs of each side; each side has its own proportion
 */
export function dispersion(sides: readonly (readonly Proportion[])[]): Dispersion {
  let chiSquare = 0;
  let df = 0;
  for (const runs of sides) {
    const trials = runs.reduce((sum, run) => sum + run.trials, 0);
    const p = runs.reduce((sum, run) => sum + run.hits, 0) / trials;
    // Without a hit (or a miss) the side says nothing about how hits cluster.
    if (!(p > 0 && p < 1)) continue;
    const used = runs.filter((run) => run.trials > 0);
    for (const run of used) chiSquare += (run.hits - run.trials * p) ** 2 / (run.trials * p * (1 - p));
    df += used.length - 1;
  }
  return { factor: df === 0 ? 1 : Math.max(1, chiSquare / df), df };
}
