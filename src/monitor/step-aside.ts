const never = new Int32Array(new SharedArrayBuffer(4));
const restMs = 0.05;
/** A look at a process, or the writing of one series, takes 0.15 to 0.45 ms where other threads have had the caches. */
const usualMs = 0.4;
/** In which an arrival is dealt with, usually. */
const handlingMs = 0.1;
/** So long, a pause that is long enough is waited for. */
const patienceMs = 5;
/** Where none came, none is waited for so long: pauses may all be too short. */
const impatienceMs = 1000;

let pauseLeftMs: (() => number | undefined) | undefined;
let patientFromMs = 0;

/**
 * Tells {@link stepAside} of somebody whose pauses are to be used.
 *
 * @param leftMs how much of a pause is left, milliseconds; below zero, how long ago it ended; undefined where there is none to wait for
 * @returns takes it back
 */
export function useThePausesOf(leftMs: () => number | undefined): () => void {
  pauseLeftMs = leftMs;
  patientFromMs = 0;
  return () => {
    if (pauseLeftMs === leftMs) pauseLeftMs = undefined;
  };
}

/**
 * Lets whoever waits for this core have it, and goes on some 100 µs later, or within 5 ms when the engine has a pause that
 * is long enough. Where one engine's pauses are not known, or none came within that time lately, it does not wait for them.
 *
 * A kernel lets a thread that runs go on for a millisecond or more before another that has just woken gets the core. Looks
 * at ten processes in one go would keep an arrival that falls due meanwhile waiting for all ten; this way it waits for one.
 * Far apart, each look would wake a cold core and cost an arrival more than all ten do in one go.
 *
 * @param neededMs how long what follows takes
 */
export function stepAside(neededMs = usualMs): void {
  Atomics.wait(never, 0, 0, restMs);
  if (pauseLeftMs === undefined) return;
  const fromMs = performance.now();
  if (fromMs < patientFromMs) return;
  for (;;) {
    const leftMs = pauseLeftMs();
    if (leftMs === undefined || leftMs >= neededMs) return;
    const nowMs = performance.now();
    if (nowMs - fromMs >= patienceMs) {
      patientFromMs = nowMs + impatienceMs;
      return;
    }
    Atomics.wait(never, 0, 0, leftMs > 0 ? leftMs + handlingMs : restMs);
  }
}
