import { Worker } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { makeRestSign, restLeftMs, showRest } from "../../src/load/rest-sign.js";
import { stepAside, useThePausesOf } from "../../src/monitor/step-aside.js";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const use = (leftMs: () => number | undefined): void => {
  ends.push(useThePausesOf(leftMs));
};
const tookMs = (neededMs?: number): number => {
  const fromMs = performance.now();
  stepAside(neededMs);
  return performance.now() - fromMs;
};

test("goes on at once in a pause that is long enough, and where nobody pauses", () => {
  let asked = 0;
  for (const leftMs of [0.9, undefined]) {
    use(() => {
      asked += 1;
      return leftMs;
    });
    stepAside(0.5);
  }
  expect(asked).toBe(2);
});

test("waits for the next pause where this one is too short, or has just ended", () => {
  for (const before of [0.3, -0.2]) {
    const left = [before, -0.05, 0.8];
    use(() => left.shift()!);
    stepAside(0.5);
    expect(left).toEqual([]);
  }
});

test("a pause that does not come is waited for once a second at most", () => {
  let asked = 0;
  use(() => {
    asked += 1;
    return -0.1;
  });
  expect(tookMs(0.5)).toBeGreaterThanOrEqual(5);
  expect(asked).toBeGreaterThan(1);
  asked = 0;
  for (let i = 0; i < 100; i += 1) stepAside(0.5);
  expect(asked).toBe(0);
});

test("a pause that is taken back is not asked for any more", () => {
  const undo = useThePausesOf(() => {
    throw new Error("asked");
  });
  undo();
  stepAside();
});

test("one that was told of later is not taken back by the first", () => {
  const undoFirst = useThePausesOf(() => undefined);
  let asked = 0;
  use(() => {
    asked += 1;
    return undefined;
  });
  undoFirst();
  stepAside();
  expect(asked).toBe(1);
});

test("a rest is seen by other threads, to the microsecond, after days of uptime, too", async () => {
  for (const nowMs of [12.5, 2 ** 31 / 1000 - 0.1, 2 ** 32 / 1000 - 0.1, 1e10 + 0.25]) {
    const sign = makeRestSign();
    showRest(sign, nowMs + 0.75);
    expect(restLeftMs(sign, nowMs)).toBeCloseTo(0.75, 2);
    expect(restLeftMs(sign, nowMs + 1)).toBeCloseTo(-0.25, 2);
    expect(restLeftMs(sign, nowMs + 3)).toBeUndefined();
    expect(restLeftMs(sign, nowMs - 3)).toBeUndefined();
  }
  const sign = makeRestSign();
  const worker = new Worker("Atomics.store(require('node:worker_threads').workerData, 0, 1_000_750)", {
    eval: true,
    workerData: sign,
  });
  await new Promise((resolve) => worker.once("exit", resolve));
  expect(restLeftMs(sign, 1000)).toBeCloseTo(0.75, 2);
});
