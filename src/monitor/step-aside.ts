const never = new Int32Array(new SharedArrayBuffer(4));
const restMs = 0.05;

/**
 * Lets whoever waits for this core have it, and goes on some 100 µs later.
 *
 * A kernel lets a thread that runs go on for a millisecond or more before another that has just woken gets the core. Looks
 * at ten processes in one go would keep an arrival that falls due meanwhile waiting for all ten; this way it waits for one.
 * Far apart, each look would wake a cold core and cost an arrival more than all ten do in one go.
 */
export function stepAside(): void {
  Atomics.wait(never, 0, 0, restMs);
}
