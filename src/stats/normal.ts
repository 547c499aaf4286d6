/** Density of the standard normal distribution. */
export function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}

/**
 * Distribution function of the standard normal distribution.
 *
 * Hart's rational approximation (1968) as G. West gives it in "Better approximations to cumulative normal
 * functions" (2005); absolute error below 1e-14, relative error
 * of either tail below 1e-8.
 */
export function normalCdf(x: number): number {
  const z = Math.abs(x);
  const tail = z > 37 ? 0 : Math.exp(-0.5 * z * z) * upperTail(z);
  return x > 0 ? 1 - tail : tail;
}

const numerator = [
  3.52624965998911e-2, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931,
  220.206867912376,
];
const denominator = [
  8.83883476483184e-2, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831,
  793.826512519948, 440.413735824752,
];

/** P(Z > z) divided by exp(-z²/2), for z >= 0. */
function upperTail(z: number): number {
  if (z < 7.07106781186547) return horner(numerator, z) / horner(denominator, z);
  const fraction = z + 1 / (z + 2 / (z + 3 / (z + 4 / (z + 0.65))));
  return 1 / (fraction * Math.sqrt(2 * Math.PI));
}

/**
 * Quantile of the standard normal distribution: Acklam's approximation, then one Halley step to full precision.
 *
 * @param p from 0 to 1; the ends give -Infinity and Infinity
 */
export function normalQuantile(p: number): number {
  if (!(p > 0)) return -Infinity;
  if (!(p < 1)) return Infinity;
  // Near 1 the step below would subtract nearly equal numbers.
  if (p > 0.5) return -normalQuantile(1 - p);
  const x = acklam(p);
  const step = ((normalCdf(x) - p) * Math.sqrt(2 * Math.PI)) / Math.exp(-0.5 * x * x);
  return x - step / (1 + (x * step) / 2);
}

const centralTop = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
];
const centralBottom = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1, 1,
];
const tailTop = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const tailBottom = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1];

function acklam(p: number): number {
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return horner(tailTop, q) / horner(tailBottom, q);
  }
  const q = p - 0.5;
  return (q * horner(centralTop, q * q)) / horner(centralBottom, q * q);
}

function horner(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}
