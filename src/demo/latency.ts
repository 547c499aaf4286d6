/** A source of uniform numbers in [0, 1). */
export type Random = () => number;

/** Marsaglia's xorshift, 32 bits, after one round of mixing so that neighbouring seeds differ at once. */
export function seededRandom(seed: number): Random {
  let state = Math.imul((seed ^ 0x9e37_79b9) >>> 0, 0x85eb_ca6b) | 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 8; i += 1) next();
  return next;
}

const medianMs = 6;
// Puts p95 at 16 ms: ln(16 / 6) over the normal's 95th percentile.
const sigma = Math.log(16 / medianMs) / 1.6449;
const tailFrom = 2.3263;

/**
 * The latency at a quantile: lognormal with median 6 ms and p95 16 ms, stretched beyond p99 (24 ms, p99.9 about 67 ms).
 *
 * @param q from 0 to 1, both excluded
 * @returns milliseconds
 */
export function latencyAt(q: number): number {
  const z = normalQuantile(q);
  return medianMs * Math.exp(sigma * z) * (z > tailFrom ? 1 + (z - tailFrom) : 1);
}

const strata = 2048;

/**
 * Draws latencies so that runs repeat: every 2,048 draws take one from each 2,048th of the distribution, in random order.
 *
 * Plain random draws would move the p95 of 30,000 requests by about 0.7 % from run to run;
 * a target for calibration should not add noise of its own.
 */
export function latencySampler(random: Random): () => number {
  const order = Array.from({ length: strata }, (_, i) => i);
  let used = strata;
  return () => {
    if (used === strata) {
      for (let i = strata - 1; i > 0; i -= 1) {
        const other = Math.floor(random() * (i + 1));
        [order[i], order[other]] = [order[other]!, order[i]!];
      }
      used = 0;
    }
    const stratum = order[used]!;
    used += 1;
    return latencyAt(Math.min(Math.max((stratum + random()) / strata, 1e-7), 1 - 1e-7));
  };
}

/**
 * The standard normal's quantile, absolute error below 4.5e-4.
 *
 * Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.23.
 */
export function normalQuantile(q: number): number {
  if (q > 0.5) return -normalQuantile(1 - q);
  const t = Math.sqrt(-2 * Math.log(q));
  const above = 2.515517 + t * (0.802853 + t * 0.010328);
  const below = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  return -(t - above / below);
}
