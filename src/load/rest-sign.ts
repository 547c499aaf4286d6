/** Nothing else is heard meanwhile: no timer, no message, no connection that is closed. */
export const longestRestMs = 2;

/**
 * Shared memory in which an engine that rests says until when, for threads that may work on its core meanwhile.
 *
 * One number: microseconds of the monotonic clock, of which the highest bits are cut off. A time that has passed, or is far
 * off, says that the engine does not rest.
 */
export type RestSign = Int32Array;

export function makeRestSign(): RestSign {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

export function showRest(sign: RestSign, untilMs: number): void {
  Atomics.store(sign, 0, (untilMs * 1000) | 0);
}

/** @returns how much of the rest is left, milliseconds; below zero, how long ago it ended; undefined where none was lately */
export function restLeftMs(sign: RestSign, nowMs: number): number | undefined {
  const leftMs = ((Atomics.load(sign, 0) - ((nowMs * 1000) | 0)) | 0) / 1000;
  return Math.abs(leftMs) <= longestRestMs ? leftMs : undefined;
}
