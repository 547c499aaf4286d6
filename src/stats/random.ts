import { normalQuantile } from "./normal.js";

/** A stream of pseudo-random numbers that is the same for the same seed on every machine. */
export interface Random {
  /** Uniform in [0, 1), with 32 bits of grain. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** A whole number from 0 to n - 1. */
  below(n: number): number;
}

/**
 * xoshiro128** by D. Blackman and S. Vigna ("Scrambled linear pseudorandom number generators", 2021), its state
 * filled by splitmix32 so that neighbouring seeds give unrelated streams.
 *
 * @param seed any integer; the lowest 32 bits count
 */
export function seededRandom(seed: number): Random {
  let mixed = seed | 0;
  const mix = (): number => {
    mixed = (mixed + 0x9e3779b9) | 0;
    let z = mixed;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
  let a = mix();
  let b = mix();
  let c = mix();
  let d = mix();
  const next = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotateLeft(d, 11);
    return result;
  };
  const uniform = () => next() / 2 ** 32;
  return {
    uniform,
    // From the middle of a grain: the quantiles of 0 and 1 are no numbers.
    normal: () => normalQuantile((next() + 0.5) / 2 ** 32),
    below: (n) => Math.floor(uniform() * n),
  };
}

/** A seed of its own for each number: neighbours must not share their stream. */
export function numberedSeed(seed: number, n: number): number {
  let z = (Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) + Math.imul(n + 1, 0x85ebca6b)) | 0;
  z = Math.imul(z ^ (z >>> 15), 0x2c1b3c6d);
  z = Math.imul(z ^ (z >>> 12), 0x297a2d39);
  return z ^ (z >>> 15);
}

/** A seed of its own for each name. */
export function namedSeed(seed: number, name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i += 1) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return numberedSeed(hash, seed);
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
