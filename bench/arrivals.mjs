/**
 * How late arrivals came against the ideal schedule of their rate.
 *
 * The nth arrival, in the order of the stamps, was due at `t0 + n / rate`. When the schedule began is the generator's
 * secret, so t0 is the latest start that makes nobody early: the earliest arrival is late by 0, and a delay that all
 * arrivals share is not seen. Arrivals that are missing shift all later ones, and show as lateness.
 *
 * @param {BigUint64Array | readonly bigint[]} stamps nanoseconds
 * @param {number} ratePerSecond
 * @returns {Float64Array} microseconds, in the order of arrival; at least 0
 */
export function latenessUs(stamps, ratePerSecond) {
  const first = stamps[0] ?? 0n;
  const periodUs = 1e6 / ratePerSecond;
  const late = Float64Array.from(stamps, (stamp, n) => Number(stamp - first) / 1000 - n * periodUs);
  const earliest = late.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  return late.map((value) => value - earliest);
}

/** @param {BigUint64Array | readonly bigint[]} stamps nanoseconds; @returns {Float64Array} microseconds between neighbours */
export function gapsUs(stamps) {
  return Float64Array.from(
    { length: Math.max(0, stamps.length - 1) },
    (_, n) => Number(stamps[n + 1] - stamps[n]) / 1000,
  );
}

/**
 * @param {ArrayLike<number>} values in any order
 * @param {number} q from 0 to 1; the value at the nearest rank
 */
export function quantileOf(values, q) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? Number.NaN;
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
