import { setFlagsFromString } from "node:v8";

/**
 * Keeps V8's young generation as small as it is born, 1 MB a half, if called before much is loaded.
 *
 * Otherwise it grows to 16 MB while the modules load, and shrinks when the target allocates less than 1 MB/s or V8's
 * memory reducer orders a collection: 8 s after another one when little is allocated, 100 s after it in any case. RSS then
 * falls by 14 to 19 MB once, somewhere in the first two minutes, and a leak of 600 MB/h needs as long again to make up for
 * that. A target that exists to show what a leak looks like must not hide one. `--no-memory-reducer` would come too late:
 * the reducer is made with the heap.
 */
export function keepHeapSteady(): void {
  stopGrowth();
  // Each new thread's heap sets the flag back for the whole process.
  process.on("worker", (worker) => worker.once("online", stopGrowth));
}

function stopGrowth(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
