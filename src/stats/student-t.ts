import { normalCdf, normalQuantile } from "./normal.js";
import { logGamma, regularisedBeta } from "./special.js";

// Beyond this the normal distribution differs by less than the beta function's own error.
const normalFromDf = 1e8;

/**
 * Distribution function of Student's t (NIST DLMF 8.17: the tail is half a regularised incomplete beta).
 *
 * @param df degrees of freedom, above 0, need not be whole
 */
export function studentCdf(t: number, df: number): number {
  if (Number.isNaN(t)) return Number.NaN;
  if (df >= normalFromDf) return normalCdf(t);
  const tail = upperTail(Math.abs(t), df);
  return t > 0 ? 1 - tail : tail;
}

function upperTail(t: number, df: number): number {
  if (t === Infinity) return 0;
  // Two forms of one value; each keeps its digits where the other loses them.
  const square = t * t;
  if (square < df) return 0.5 - 0.5 * regularisedBeta(square / (df + square), 0.5, df / 2);
  return 0.5 * regularisedBeta(df / (df + square), df / 2, 0.5);
}

/**
 * Quantile of Student's t: Newton's method inside a shrinking bracket.
 *
 * @param p from 0 to 1; the ends give -Infinity and Infinity
 * @param df degrees of freedom, above 0, need not be whole
 */
export function studentQuantile(p: number, df: number): number {
  if (!(p > 0)) return -Infinity;
  if (!(p < 1)) return Infinity;
  if (p === 0.5) return 0;
  if (df >= normalFromDf) return normalQuantile(p);
  if (p < 0.5) return -upperQuantile(p, df);
  return upperQuantile(1 - p, df);
}

/** The t > 0 whose upper tail is the given probability. */
function upperQuantile(tail: number, df: number): number {
  let low = 0;
  let high = Math.max(1, normalQuantile(1 - tail));
  while (upperTail(high, df) > tail) {
    low = high;
    high *= 2;
    if (high === Infinity) return Infinity;
  }
  const logScale = logGamma((df + 1) / 2) - logGamma(df / 2) - 0.5 * Math.log(df * Math.PI);
  let t = (low + high) / 2;
  for (let i = 0; i < 200; i += 1) {
    const excess = upperTail(t, df) - tail;
    if (excess > 0) low = t;
    else high = t;
    const density = Math.exp(logScale - ((df + 1) / 2) * Math.log1p((t * t) / df));
    const newton = t + excess / density;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - t) <= 1e-14 * t) return next;
    t = next;
  }
  return t;
}
