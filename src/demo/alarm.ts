import { Worker } from "node:worker_threads";

/** Calls back at given moments, to about a tenth of a millisecond. */
export interface Alarm {
  /** Milliseconds on the alarm's monotonic clock. */
  now(): number;
  at(dueMs: number, call: () => void): void;
  /** Calls everything outstanding now, and ends. */
  close(): Promise<void>;
}

interface Entry {
  readonly dueMs: number;
  readonly call: () => void;
}

// A wake-up reaches the event loop about this long after the sleeper's timeout: arm so much earlier.
const leadMs = 0.12;

/**
 * A sleeping thread that wakes this one: timers of the event loop have a grain of a millisecond, which would show
 * in every quantile of a 6 ms service, and by another amount in every run.
 */
export function startAlarm(): Alarm {
  const shared = new SharedArrayBuffer(16);
  const turn = new Int32Array(shared, 0, 1);
  const due = new Float64Array(shared, 8, 1);
  due[0] = Number.POSITIVE_INFINITY;
  const sleeper = new Worker(`(${sleep.toString()})(require("node:worker_threads"))`, {
    eval: true,
    workerData: shared,
  });
  sleeper.unref();

  const heap: Entry[] = [];
  let armedMs = Number.POSITIVE_INFINITY;
  let closed = false;

  const arm = () => {
    const first = heap[0];
    armedMs = first === undefined ? Number.POSITIVE_INFINITY : first.dueMs;
    due[0] = armedMs - leadMs;
    Atomics.add(turn, 0, 1);
    Atomics.notify(turn, 0);
  };
  const ring = () => {
    const until = monotonicMs() + leadMs / 2;
    while (heap.length > 0 && heap[0]!.dueMs <= until) pop(heap).call();
    arm();
  };
  sleeper.on("message", ring);

  return {
    now: monotonicMs,
    at(dueMs, call) {
      if (closed) return call();
      push(heap, { dueMs, call });
      if (dueMs < armedMs) arm();
    },
    async close() {
      closed = true;
      while (heap.length > 0) pop(heap).call();
      await sleeper.terminate();
    },
  };
}

/** One monotonic clock for all threads; `performance.now` has an origin in each. */
function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** The sleeping thread's whole program; its source is sent there, so it may use nothing from this module. */
function sleep({ parentPort, workerData }: typeof import("node:worker_threads")): void {
  const turn = new Int32Array(workerData as SharedArrayBuffer, 0, 1);
  const due = new Float64Array(workerData as SharedArrayBuffer, 8, 1);
  for (;;) {
    const seen = Atomics.load(turn, 0);
    const dueMs = due[0]!;
    const [seconds, nanoseconds] = process.hrtime();
    const waitMs = dueMs - (seconds * 1e3 + nanoseconds / 1e6);
    if (waitMs > 0) {
      const outcome = Atomics.wait(turn, 0, seen, waitMs);
      if (outcome !== "timed-out") continue;
    }
    parentPort?.postMessage(0);
    // Until the next turn there is nothing to wait for; an old due time must not ring twice.
    Atomics.wait(turn, 0, seen);
  }
}

function push(heap: Entry[], entry: Entry): void {
  let i = heap.length;
  heap.push(entry);
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (heap[parent]!.dueMs <= entry.dueMs) break;
    heap[i] = heap[parent]!;
    i = parent;
  }
  heap[i] = entry;
}

/** Removes the earliest entry of a heap that is not empty. */
function pop(heap: Entry[]): Entry {
  const first = heap[0]!;
  const moved = heap.pop()!;
  const length = heap.length;
  if (length === 0) return first;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= length) break;
    if (child + 1 < length && heap[child + 1]!.dueMs < heap[child]!.dueMs) child += 1;
    if (heap[child]!.dueMs >= moved.dueMs) break;
    heap[i] = heap[child]!;
    i = child;
  }
  heap[i] = moved;
  return first;
}
