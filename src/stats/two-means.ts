import { studentCdf, studentQuantile } from "./student-t.js";

/** A difference that is estimated with an error known to a t distribution. */
export interface Estimate {
  readonly difference: number;
  readonly standardError: number;
  /** Degrees of freedom of the standard error; Infinity where it is known. */
  readonly df: number;
}

/** Mean and variance of a sample; `variance` is 0 for fewer than two values. */
export interface Moments {
  readonly n: number;
  readonly mean: number;
  readonly variance: number;
}

/** Arithmetic mean and unbiased variance, in two passes so that a common offset costs no digits. */
export function moments(values: readonly number[]): Moments {
  const n = values.length;
  if (n === 0) return { n, mean: 0, variance: 0 };
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { n, mean, variance: 0 };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { n, mean, variance: squares / (n - 1) };
}

/**
 * Welch's estimate of mean(b) - mean(a): each side keeps its own variance (Welch 1947, Satterthwaite's df).
 *
 * @param a at least two values, as b
 */
export function welch(a: Moments, b: Moments): Estimate {
  const shareA = a.variance / a.n;
  const shareB = b.variance / b.n;
  const squared = shareA + shareB;
  // By the shares' ratio, because the squares of tiny variances vanish.
  const weight = squared === 0 ? a.n / (a.n + b.n) : shareA / squared;
  const df = 1 / (weight ** 2 / (a.n - 1) + (1 - weight) ** 2 / (b.n - 1));
  return { difference: b.mean - a.mean, standardError: Math.sqrt(squared), df };
}

/** Student's estimate of mean(b) - mean(a) under one common variance; at least three values in all, one a side. */
export function pooled(a: Moments, b: Moments): Estimate {
  const df = a.n + b.n - 2;
  const variance = ((a.n - 1) * a.variance + (b.n - 1) * b.variance) / df;
  return { difference: b.mean - a.mean, standardError: Math.sqrt(variance * (1 / a.n + 1 / b.n)), df };
}

/** The estimate from paired differences, one a session; at least two. */
export function paired(differences: readonly number[]): Estimate {
  const { n, mean, variance } = moments(differences);
  return { difference: mean, standardError: Math.sqrt(variance / n), df: n - 1 };
}

/**
 * The one-sided lower confidence bound of a difference.
 *
 * @param confidence such as 0.99
 */
export function lowerBound(estimate: Estimate, confidence: number): number {
  if (estimate.standardError === 0) return estimate.difference;
  return estimate.difference - studentQuantile(confidence, estimate.df) * estimate.standardError;
}

/** The one-sided upper confidence bound of a difference. */
export function upperBound(estimate: Estimate, confidence: number): number {
  if (estimate.standardError === 0) return estimate.difference;
  return estimate.difference + studentQuantile(confidence, estimate.df) * estimate.standardError;
}

/** The one-sided p-value of "the difference is not above 0": below 0.01 exactly where the lower 99 % bound is above 0. */
export function pAbove(estimate: Estimate): number {
  if (estimate.standardError === 0) return estimate.difference > 0 ? 0 : 1;
  return studentCdf(-estimate.difference / estimate.standardError, estimate.df);
}
