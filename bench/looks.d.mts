export interface LookedAtSecond {
  readonly sampled: boolean;
  readonly lastedMs: number;
  readonly near: Uint32Array;
  readonly far: Uint32Array;
}
export const reachMs: number;
export function latenessByLook(
  stamps: BigUint64Array,
  rate: number,
  looks: readonly { sampled: boolean; atNs: string; lastedMs: number }[],
): LookedAtSecond[];
export function disturbanceOf(seconds: readonly LookedAtSecond[]): {
  readonly share: number;
  readonly interval: readonly [number, number];
  readonly p99s: { readonly watching: number; readonly bare: number };
  readonly farShare: number;
  readonly count: number;
};
