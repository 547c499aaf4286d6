export function truthOf(
  stamps: BigUint64Array,
  ratePerSecond: number,
): { readonly serviceUs: Float64Array; readonly responseUs: Float64Array };
