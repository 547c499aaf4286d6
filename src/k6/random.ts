import type { Vu } from "../model/vu.js";

const seeded = new WeakMap<Vu, () => number>();

/** Gives the VU's `Math.random` a sequence that the seed decides: `randomSeed(n)`. */
export function seedRandom(vu: Vu, seed: number): void {
  seeded.set(vu, mulberry32(seed));
}

/** `Math` as one VU's script sees it: its own random sequence once it is seeded, everything else as ever. */
export function scriptMath(vu: Vu): Math {
  return Object.create(Math, {
    random: { value: () => (seeded.get(vu) ?? Math.random)(), writable: true, configurable: true },
    [Symbol.toStringTag]: { value: "Math", configurable: true },
  }) as Math;
}

/** Tommy Ettinger's mulberry32: 32 bits of state, enough for test data. */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
