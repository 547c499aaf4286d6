export function latenessUs(stamps: BigUint64Array | readonly bigint[], ratePerSecond: number): Float64Array;
export function gapsUs(stamps: BigUint64Array | readonly bigint[]): Float64Array;
export function quantileOf(values: ArrayLike<number>, q: number): number;
export function median(values: readonly number[]): number;
