import { MessageChannel } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { engineCells } from "../../src/load/pacer.js";
import { Rest } from "../../src/load/rest.js";
import { makeRestSign, restLeftMs } from "../../src/load/rest-sign.js";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const streak = 20;
const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i += 1) await new Promise((done) => setImmediate(done));
};

/** An engine with one scenario whose arrivals are `gapMs` apart, and what it did. */
function engine(gapMs: number) {
  const { port1, port2 } = new MessageChannel();
  ends.push(
    () => port1.close(),
    () => port2.close(),
  );
  const cells = new Int32Array(new SharedArrayBuffer(4 * engineCells.count(1)));
  const slept: number[] = [];
  const lateness: number[] = [];
  const sign = makeRestSign();
  /** What the sign said of each rest, milliseconds beyond its due time. */
  const signed: (number | undefined)[] = [];
  const run = {
    taken: 0,
    nextDueMs: performance.now() + gapMs,
    arriveBy(nowMs: number) {
      lateness.push(nowMs - run.nextDueMs);
      signed.push(restLeftMs(sign, run.nextDueMs));
      run.taken += 1;
      run.nextDueMs = nowMs + gapMs;
    },
  };
  const is = { idle: true };
  const rest = new Rest(
    () => performance.now(),
    { cells, port: port1 },
    [run],
    () => is.idle,
    sign,
    (ms) => slept.push(ms),
  );
  /** An iteration ends, before which so many arrivals came another way than from a rest. */
  const endIteration = async (arrivals: number): Promise<void> => {
    run.taken += arrivals;
    if (arrivals > 0) run.nextDueMs = performance.now() + gapMs;
    rest.offer();
    await turns(2);
  };
  const warm = async (): Promise<void> => {
    for (let i = 0; i < streak; i += 1) await endIteration(1);
  };
  return { cells, slept, signed, lateness, run, rest, is, endIteration, warm };
}

test("sleeps until the next arrival and takes it, once iterations were over in time for a while", async () => {
  const { cells, slept, signed, lateness, endIteration } = engine(1);
  for (let i = 1; i < streak; i += 1) await endIteration(1);
  expect(slept).toEqual([]);
  expect(cells[engineCells.resting]).toBe(0);
  for (let i = 0; i < 5; i += 1) await endIteration(i === 0 ? 1 : 0);
  expect(cells[engineCells.resting]).toBe(1);
  expect(slept).toHaveLength(5);
  expect(lateness).toHaveLength(5);
  for (const beyondMs of signed) expect(beyondMs).toBeCloseTo(0, 2);
  expect(Math.min(...lateness)).toBeGreaterThanOrEqual(0);
});

test("arrivals that came while iterations ran end it", async () => {
  const { cells, slept, endIteration, warm } = engine(1);
  await warm();
  const before = slept.length;
  expect(before).toBeGreaterThan(0);
  await endIteration(2);
  expect(cells[engineCells.resting]).toBe(0);
  expect(slept).toHaveLength(before);
});

test("a gap that is too long ends it, and it takes as many iterations in time as before to begin again", async () => {
  const { cells, slept, run, endIteration, warm } = engine(1);
  await warm();
  const before = slept.length;
  run.nextDueMs = performance.now() + 50;
  await endIteration(0);
  expect(cells[engineCells.resting]).toBe(0);
  for (let i = 1; i < streak; i += 1) await endIteration(1);
  expect(slept).toHaveLength(before);
  await endIteration(1);
  expect(slept).toHaveLength(before + 1);
});

test("no rest is so long that a timer, a message or the end of a connection would have to wait for it", async () => {
  const { cells, slept, warm } = engine(50);
  await warm();
  await warm();
  expect(slept).toEqual([]);
  expect(cells[engineCells.resting]).toBe(0);
});

test("does not sleep where a wake-up is on its way, and takes nothing before its time", async () => {
  const { cells, slept, lateness, endIteration, warm } = engine(1.5);
  await warm();
  const taken = lateness.length;
  Atomics.store(cells, engineCells.woken, 1);
  await endIteration(0);
  expect(slept.at(-1)).toBeLessThan(1);
  expect(lateness).toHaveLength(taken);
  expect(cells[engineCells.resting]).toBe(0);
});

test("an iteration that has begun before its turn came is not slept through", async () => {
  const { slept, rest, is, warm } = engine(1);
  await warm();
  const before = slept.length;
  rest.offer();
  is.idle = false;
  await turns(2);
  expect(slept).toHaveLength(before);
  is.idle = true;
  rest.offer();
  await turns(2);
  expect(slept).toHaveLength(before + 1);
});
