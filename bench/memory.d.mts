export function growthOf(samples: readonly number[]): number;
