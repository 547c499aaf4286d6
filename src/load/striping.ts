import type { Segmentation } from "../model/options.js";

/**
 * Which of a cycle's numbers each part of a whole gets, as k6 deals VUs and iterations out to execution segments.
 *
 * The cycle is as long as the parts' sum. Parts choose in order of size, and a part that has taken c numbers may take
 * the next one from `c × cycle / size` on, so that each gets exactly its size, as evenly spread as can be.
 *
 * @param parts whole sizes above 0 without a common divisor
 * @returns by part: its numbers from 0, ascending
 */
export function stripes(parts: readonly number[]): readonly Int32Array[] {
  const cycle = parts.reduce((sum, part) => sum + part, 0);
  const taken = parts.map((part) => ({ numbers: new Int32Array(part), count: 0 }));
  const bySize = parts.map((_, index) => index).sort((a, b) => parts[b]! - parts[a]! || a - b);
  for (let number = 0; number < cycle; number += 1) {
    for (const index of bySize) {
      const one = taken[index]!;
      if (number * parts[index]! < one.count * cycle) continue;
      one.numbers[one.count] = number;
      one.count += 1;
      break;
    }
  }
  return taken.map(({ numbers }) => numbers);
}

/** One part of a whole, dealt out number by number. */
export class Stripe {
  private readonly numbers: Int32Array;
  private readonly cycle: number;

  constructor(private readonly segmentation: Segmentation) {
    const { parts, index } = segmentation;
    this.cycle = parts.reduce((sum, part) => sum + part, 0);
    this.numbers = stripes(parts)[index]!;
  }

  /** How many of the first `total` numbers are this part's. */
  countOf(total: number): number {
    const cycles = Math.floor(total / this.cycle);
    return cycles * this.numbers.length + lowerBound(this.numbers, total - cycles * this.cycle);
  }

  /** The number, among all, of this part's nth, from 0. */
  numberOf(n: number): number {
    const cycles = Math.floor(n / this.numbers.length);
    return cycles * this.cycle + this.numbers[n - cycles * this.numbers.length]!;
  }

  /**
   * The same whole cut anew in proportion to how many of `value` things each part got: whoever got a third of the VUs
   * gets a third of the iterations, and whoever got none gets none.
   *
   * @returns undefined where this part gets none of `value`
   */
  among(value: number): Segmentation | undefined {
    const { parts, index } = this.segmentation;
    const all = stripes(parts);
    const cycles = Math.floor(value / this.cycle);
    const shares = all.map((numbers) => cycles * numbers.length + lowerBound(numbers, value - cycles * this.cycle));
    if (shares[index] === 0) return undefined;
    return {
      parts: withoutCommonDivisor(shares.filter((share) => share > 0)),
      index: shares.slice(0, index).filter((share) => share > 0).length,
    };
  }
}

/** @param parts whole numbers above 0 */
export function withoutCommonDivisor(parts: readonly number[]): number[] {
  const divisor = parts.reduce(greatestCommonDivisor, 0);
  return parts.map((part) => part / divisor);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** How many of the ascending numbers are below the limit. */
function lowerBound(numbers: Int32Array, limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
