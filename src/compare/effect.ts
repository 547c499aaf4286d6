import { normalCdf, normalQuantile } from "../stats/normal.js";
import { dispersion, newcombe, type Proportion } from "../stats/proportions.js";
import { studentCdf, studentQuantile } from "../stats/student-t.js";
import {
  type Estimate,
  lowerBound,
  type Moments,
  moments,
  pAbove,
  pooled,
  upperBound,
  welch,
} from "../stats/two-means.js";

/**
 * By how much the candidate is worse than the baseline, and how surely.
 *
 * Above 0 is worse, whatever the metric: a log ratio for quantiles and rates, a difference for proportions.
 */
export interface Effect {
  readonly difference: number;
  /** One-sided confidence bounds. */
  lower(confidence: number): number;
  upper(confidence: number): number;
  /** One-sided p-values of "not worse" and "not better". */
  readonly pWorse: number;
  readonly pBetter: number;
  /** Confidence that "worse" or "better" takes: higher where the spread is assumed, not measured. */
  readonly certainty: number;
  /** False where too few runs were made to claim that nothing changed. */
  readonly mayPass: boolean;
  /** Standard deviation from run to run: measured, or assumed where it cannot be. */
  readonly spread: number;
  /** Where each session gave one difference; else each side has runs of its own. */
  readonly isPaired?: true;
}

// Of 120 public JMH benchmarks, the standard deviation of the log median between launches was 1.6 % typically and
// 8 % at the 90th percentile. The first plans, the second judges where nothing was measured.
const typicalSpread = 0.016;
const cautiousSpread = 0.08;

// With the cautious spread and the normal quantile: a change beyond about ±42 % for one run against one.
const beyondDoubt = 0.999;
const usual = 0.99;

/**
 * The effect on a positive quantity of which each run gives one number.
 *
 * Bounds are the more cautious of Welch's and the pooled ones. Welch's alone err up to 3 % instead of 1 % where one
 * side has two runs and the other many, the pooled ones alone where the spreads differ; together they stay below 1 %
 * for equal spreads (simulated, docs/method.md). One run against three or more is judged by the other side's spread
 * (a prediction interval), taken as at least typical. One against one or two is judged by a cautious spread and
 * 99.9 % confidence: it can be beyond doubt that something changed, never that nothing did.
 *
 * @param baseline logarithms, at least one
 * @param candidate logarithms, at least one
 * @param resolution standard deviation of a logarithm by the recording's own grain, above 0
 */
export function logEffect(baseline: readonly number[], candidate: readonly number[], resolution: number): Effect {
  const a = moments(baseline);
  const b = moments(candidate);
  const fewer = Math.min(a.n, b.n);
  if (fewer === 1 && Math.max(a.n, b.n) < 3) return assumedEffect(a, b);
  const floor = fewer === 1 ? Math.max(typicalSpread, resolution) : resolution;
  const [left, right] = [a, b].map((side) => ({ ...side, variance: Math.max(side.variance, floor ** 2) })) as [
    Moments,
    Moments,
  ];
  const estimates: Estimate[] = [pooled(left, right)];
  if (fewer > 1) estimates.push(welch(left, right));
  const error = estimates[0]!.standardError / Math.sqrt(1 / a.n + 1 / b.n);
  return {
    difference: b.mean - a.mean,
    lower: (confidence) => Math.min(...estimates.map((estimate) => lowerBound(estimate, confidence))),
    upper: (confidence) => Math.max(...estimates.map((estimate) => upperBound(estimate, confidence))),
    pWorse: Math.max(...estimates.map(pAbove)),
    pBetter: Math.max(...estimates.map((estimate) => pAbove({ ...estimate, difference: -estimate.difference }))),
    certainty: usual,
    mayPass: true,
    spread: error,
  };
}

function assumedEffect(a: Moments, b: Moments): Effect {
  const difference = b.mean - a.mean;
  const error = cautiousSpread * Math.sqrt(1 / a.n + 1 / b.n);
  return {
    difference,
    lower: (confidence) => difference - normalQuantile(confidence) * error,
    upper: (confidence) => difference + normalQuantile(confidence) * error,
    pWorse: normalCdf(-difference / error),
    pBetter: normalCdf(difference / error),
    certainty: beyondDoubt,
    mayPass: false,
    spread: typicalSpread,
  };
}

// Failures come in bursts. Where runs cannot show how large, as many as this are taken to count as one: about a
// tenth of what one second of outage makes at 1,000/s is a burst of 100, so three times that.
const assumedBurst = 300;

/**
 * The effect on a proportion of bad outcomes: Newcombe's interval on the pooled counts, discounted by how much more
 * the runs differ than chance lets them, with the t distribution of that estimate.
 *
 * Where one run a side has to stand for all, bursts of 300 are assumed and 99.9 % confidence is asked.
 *
 * @param baseline bad outcomes among trials for each run; at least one with a trial, as the candidate
 */
export function proportionEffect(baseline: readonly Proportion[], candidate: readonly Proportion[]): Effect {
  const fewer = Math.min(baseline.length, candidate.length);
  const enough = fewer >= 2 || Math.max(baseline.length, candidate.length) >= 3;
  const whole = [sumOf(baseline), sumOf(candidate)] as const;
  const measured = dispersion([baseline, candidate]);
  const someBad = whole.some((side) => side.hits > 0 && side.hits < side.trials);
  const assumed = !enough || (measured.df === 0 && someBad);
  const factor = assumed ? assumedBurst : measured.factor;
  const df = assumed || measured.df === 0 ? Infinity : measured.df;
  const [a, b] = whole.map(({ hits, trials }) => ({ hits: hits / factor, trials: trials / factor })) as [
    Proportion,
    Proportion,
  ];
  const difference = b.hits / b.trials - a.hits / a.trials;
  const share = (whole[0].hits + whole[1].hits + 1) / (whole[0].trials + whole[1].trials + 2);
  const trialsARun = (whole[0].trials + whole[1].trials) / (baseline.length + candidate.length);
  return {
    difference,
    lower: (confidence) => newcombe(a, b, studentQuantile(confidence, df)).low,
    upper: (confidence) => newcombe(a, b, studentQuantile(confidence, df)).high,
    pWorse:
      difference > 0
        ? 1 -
          studentCdf(
            reach((z) => newcombe(a, b, z).low),
            df,
          )
        : 1,
    pBetter:
      difference < 0
        ? 1 -
          studentCdf(
            reach((z) => -newcombe(a, b, z).high),
            df,
          )
        : 1,
    certainty: assumed ? beyondDoubt : usual,
    mayPass: enough,
    spread: Math.sqrt((measured.factor * share * (1 - share)) / trialsARun),
  };
}

function sumOf(runs: readonly Proportion[]): Proportion {
  return {
    hits: runs.reduce((sum, run) => sum + run.hits, 0),
    trials: runs.reduce((sum, run) => sum + run.trials, 0),
  };
}

/** The z at which a bound that is positive at 0 has fallen to 0; bounds fall as z rises. */
function reach(bound: (z: number) => number): number {
  let low = 0;
  let high = 1;
  while (bound(high) > 0 && high < 1e6) {
    low = high;
    high *= 2;
  }
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2;
    if (bound(middle) > 0) low = middle;
    else high = middle;
  }
  return low;
}
