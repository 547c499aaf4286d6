import type { LatenessUs } from "../model/machine.js";

const sleepMs = 0.94;

/**
 * How much longer than asked a thread sleeps in `Atomics.wait`, the way the pacer sleeps.
 *
 * Holds the calling thread for about a millisecond a try.
 */
export function measureOversleep(tries = 500): LatenessUs {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const lateUs = new Float64Array(tries);
  for (let i = 0; i < tries; i += 1) {
    const before = performance.now();
    Atomics.wait(cell, 0, 0, sleepMs);
    lateUs[i] = Math.max(0, (performance.now() - before - sleepMs) * 1000);
  }
  lateUs.sort();
  const at = (q: number): number => lateUs[Math.round(q * (tries - 1))]!;
  return { samples: tries, p50: at(0.5), p99: at(0.99), max: at(1) };
}
