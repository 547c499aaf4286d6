import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * A full collection of this thread's heap, now.
 *
 * What loading and compiling left behind is some 10 MB of resident memory, and V8 would stop the thread to collect it at a
 * moment of its own choosing: in the middle of the load.
 */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  // The flag is the process's: another thread may have taken it back already, and then this one does without.
  const gc = runInNewContext("globalThis.gc") as (() => void) | undefined;
  setFlagsFromString("--no-expose-gc");
  gc?.();
}
