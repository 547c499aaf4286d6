import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { monotonicClock } from "../../src/load/clock.js";
import { DropBlame } from "../../src/load/drop-blame.js";

function world() {
  const time = { now: 0, awake: 0 as number | undefined };
  const blame = new DropBlame(
    () => time.now,
    () => time.awake,
  );
  /** Time passes, in a part of which the engine's thread ran or waited for a core. */
  const pass = (ms: number, awakeMs: number): void => {
    time.now += ms;
    if (time.awake !== undefined) time.awake += awakeMs;
  };
  return { time, blame, pass };
}

test("where the engine's thread slept, its VUs waited for the target", () => {
  const { time, blame, pass } = world();
  for (let i = 0; i < 60; i += 1) {
    blame.dropped(time.now);
    pass(1, 0.7);
  }
  blame.served();
  expect(blame.settle()).toBe(0);
});

test("where it never slept, responses may have lain unread", () => {
  const { time, blame, pass } = world();
  for (let i = 0; i < 60; i += 1) {
    blame.dropped(time.now);
    pass(1, 0.9);
  }
  expect(blame.settle()).toBe(50);
});

test("each stretch of time is judged by itself", () => {
  const { time, blame, pass } = world();
  for (let i = 0; i < 50; i += 1) {
    blame.dropped(time.now);
    pass(1, 1);
  }
  for (let i = 0; i < 50; i += 1) {
    blame.dropped(time.now);
    pass(1, 0.1);
  }
  blame.served();
  expect(blame.settle()).toBe(50);
});

test("a stretch ends with the first arrival that finds a VU after it, not with what follows", () => {
  const { time, blame, pass } = world();
  blame.dropped(time.now);
  pass(5, 5);
  blame.served();
  pass(50, 50);
  blame.served();
  pass(1000, 0);
  expect(blame.settle()).toBe(1);
});

test("an arrival that was taken late is ours at once", () => {
  const { time, blame, pass } = world();
  pass(50, 0);
  blame.dropped(time.now - 11);
  expect(blame.settle()).toBe(1);
});

test("where nobody says how long a thread was awake, it is not accused", () => {
  const { time, blame, pass } = world();
  time.awake = undefined;
  blame.dropped(time.now);
  pass(60, 60);
  blame.served();
  expect(blame.settle()).toBe(0);
});

test("what a window's end cuts off too soon to tell is not our doing, nor what no arrival ended in time", () => {
  const { time, blame, pass } = world();
  blame.dropped(time.now);
  pass(2, 4);
  expect(blame.settle()).toBe(0);
  blame.dropped(time.now);
  expect(blame.settle()).toBe(0);
  blame.dropped(time.now);
  pass(500, 500);
  blame.dropped(time.now - 400);
  expect(blame.settle()).toBe(1);
});

test.skipIf(!existsSync("/proc/thread-self/schedstat"))("Linux says how long this thread was awake", async () => {
  const clock = monotonicClock();
  const blame = new DropBlame(clock);
  blame.dropped(clock());
  for (const until = clock() + 150; clock() < until; );
  blame.served();
  expect(blame.settle()).toBe(1);
  blame.dropped(clock());
  await new Promise((resolve) => setTimeout(resolve, 300));
  blame.served();
  expect(blame.settle()).toBe(1);
});
