import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { CollectionTrace } from "../../src/monitor/collection-trace.js";

/** Makes garbage, and much that lives for a while, for half a second; tells what its own observer saw of collections. */
const littering = `
  const { PerformanceObserver } = require("node:perf_hooks");
  const { parentPort } = require("node:worker_threads");
  let ms = 0;
  new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) ms += duration; }).observe({ type: "gc" });
  let kept = [];
  const until = Date.now() + 500;
  const litter = () => {
    for (let i = 0; i < 20000; i++) kept.push({ i, own: [i] });
    if (kept.length > 200000) kept = [];
    if (Date.now() < until) setImmediate(litter);
    else setTimeout(() => parentPort.postMessage(ms), 20);
  };
  litter();
`;

function litterHere(): void {
  let kept: unknown[] = [];
  for (let i = 0; i < 1e6; i++) {
    kept.push({ i, own: [i] });
    if (i % 200_000 === 0) kept = [];
  }
}

describe("time spent in collections", () => {
  test("of other threads is what they see themselves; the main thread's is left out", async () => {
    const trace = new CollectionTrace();
    expect(trace.start()).toBe(true);
    try {
      trace.takeMs(0);
      litterHere();
      await sleep(100);
      expect(trace.takeMs(60_000)).toBeLessThan(1);

      const worker = new Worker(littering, { eval: true });
      const [seenMs] = (await once(worker, "message")) as [number];
      trace.takeMs(0);
      await sleep(200);
      const tracedMs = trace.takeMs(60_000);
      expect(seenMs).toBeGreaterThan(10);
      expect(tracedMs).toBeGreaterThan(seenMs * 0.9);
      expect(tracedMs).toBeLessThan(seenMs * 1.5 + 5);
      await worker.terminate();
    } finally {
      trace.stop();
    }
  });

  test("two may trace, and one that stops leaves the other alone", async () => {
    const [first, second] = [new CollectionTrace(), new CollectionTrace()];
    expect(first.start()).toBe(true);
    expect(second.start()).toBe(true);
    try {
      first.takeMs(60_000);
      second.stop();
      const worker = new Worker(littering, { eval: true });
      const [seenMs] = (await once(worker, "message")) as [number];
      first.takeMs(0);
      await sleep(200);
      expect(first.takeMs(60_000)).toBeGreaterThan(seenMs * 0.9);
      await worker.terminate();
    } finally {
      first.stop();
    }
  });
});
