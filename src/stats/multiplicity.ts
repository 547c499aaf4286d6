/**
 * Holm's adjusted p-values (1979): those at or below α are rejected with a family-wise error of at most α, whatever
 * the dependence between the tests.
 *
 * @returns in the order given, each at most 1
 */
export function holm(pValues: readonly number[]): number[] {
  const adjusted = new Array<number>(pValues.length).fill(1);
  let largest = 0;
  ascending(pValues).forEach((index, rank) => {
    largest = Math.max(largest, pValues[index]! * (pValues.length - rank));
    adjusted[index] = Math.min(1, largest);
  });
  return adjusted;
}

/**
 * Benjamini and Hochberg's adjusted p-values (1995): rejecting those at or below q keeps the expected share of
 * false rejections at q, for independent or positively dependent tests.
 *
 * @returns in the order given, each at most 1
 */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  const adjusted = new Array<number>(pValues.length).fill(1);
  const order = ascending(pValues);
  let smallest = 1;
  for (let rank = order.length - 1; rank >= 0; rank -= 1) {
    const index = order[rank]!;
    smallest = Math.min(smallest, (pValues[index]! * pValues.length) / (rank + 1));
    adjusted[index] = smallest;
  }
  return adjusted;
}

function ascending(values: readonly number[]): number[] {
  return values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!);
}
