import type { Random } from "./random.js";

/**
 * Correlation of neighbours in a series of residuals, corrected for the bias that a fitted trend puts on short series
 * (Marriott and Pope 1954; with a linear trend the bias is about -(2 + 4φ)/n).
 *
 * @param parameters how many the fit had
 * @returns from 0 to 0.95; negative correlation only narrows intervals and is not used
 */
export function lagOneCorrelation(residuals: readonly number[], parameters: number): number {
  const n = residuals.length;
  let products = 0;
  let squares = 0;
  for (let i = 0; i < n; i += 1) {
    squares += residuals[i]! ** 2;
    if (i > 0) products += residuals[i]! * residuals[i - 1]!;
  }
  if (squares === 0 || n <= 2 * parameters) return 0;
  const raw = products / squares;
  const corrected = (raw + parameters / n) / (1 - (2 * parameters) / n);
  return Math.min(0.95, Math.max(0, corrected));
}

/**
 * Indices of circular block bootstrap samples (Politis and Romano 1992): blocks of neighbours keep their correlation.
 *
 * @param correlation of neighbours; blocks are three correlation times long, at most a quarter of the series
 */
export function blockSamples(n: number, correlation: number, replicates: number, random: Random): Uint32Array[] {
  const wanted = Math.ceil((3 * (1 + correlation)) / (1 - correlation));
  const length = Math.max(1, Math.min(wanted, Math.floor(n / 4)));
  return Array.from({ length: replicates }, () => {
    const sample = new Uint32Array(n);
    for (let at = 0; at < n; at += length) {
      const start = random.below(n);
      for (let i = 0; i < length && at + i < n; i += 1) sample[at + i] = (start + i) % n;
    }
    return sample;
  });
}
