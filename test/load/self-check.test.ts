import { expect, test } from "vitest";
import { SelfCheck } from "../../src/load/self-check.js";

const sleep = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test("an engine that sleeps until the next arrival is not at work, whatever the event loop takes it for", () => {
  const check = new SelfCheck();
  check.start();
  sleep(80);
  expect(check.busyRatio).toBeGreaterThan(0.9);
  check.onRest(80);
  expect(check.busyRatio).toBeLessThan(0.3);
  check.window();
  sleep(80);
  expect(check.busyRatio).toBeGreaterThan(0.9);
  check.stop();
});
