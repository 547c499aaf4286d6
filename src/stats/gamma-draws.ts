import type { Random } from "./random.js";

/** Shapes up to this are summed from exponentials: exact, and quicker than a rejection. */
const fewExponentials = 6;
/** Counts up to this are drawn one by one. */
const fewTrials = 16;

/** A draw from the gamma distribution of a whole shape >= 1 and scale 1 (Marsaglia and Tsang, 2000). */
export function gammaDraw(shape: number, random: Random): number {
  if (shape <= fewExponentials) {
    let sum = 0;
    for (let i = 0; i < shape; i += 1) sum -= Math.log(openUniform(random));
    return sum;
  }
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    if (Math.log(openUniform(random)) < (x * x) / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** A draw from the beta distribution of whole shapes >= 1: where the a-th of a + b - 1 uniform points lies. */
export function betaDraw(a: number, b: number, random: Random): number {
  const x = gammaDraw(a, random);
  return x / (x + gammaDraw(b, random));
}

/** A draw from the binomial distribution, by halving (Devroye, "Non-Uniform Random Variate Generation", X.4). */
export function binomialDraw(trials: number, probability: number, random: Random): number {
  let successes = 0;
  let left = trials;
  let p = probability;
  while (left > fewTrials) {
    const middle = (left + 1) >>> 1;
    const y = betaDraw(middle, left + 1 - middle, random);
    if (y <= p) {
      successes += middle;
      left -= middle;
      p = (p - y) / (1 - y);
    } else {
      left = middle - 1;
      p /= y;
    }
  }
  for (let i = 0; i < left; i += 1) if (random.uniform() < p) successes += 1;
  return successes;
}

/** A draw from the Poisson distribution of any mean >= 0, exact (Ahrens and Dieter, 1974). */
export function poissonDraw(mean: number, random: Random): number {
  let count = 0;
  let left = mean;
  while (left > fewTrials) {
    const step = Math.floor((7 / 8) * left);
    const x = gammaDraw(step, random);
    if (x > left) return count + binomialDraw(step - 1, left / x, random);
    count += step;
    left -= x;
  }
  for (let reached = -Math.log(openUniform(random)); reached < left; count += 1) {
    reached -= Math.log(openUniform(random));
  }
  return count;
}

/** Never 0, whose logarithm is no number. */
function openUniform(random: Random): number {
  return random.uniform() + 2 ** -33;
}
