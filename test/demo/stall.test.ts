import fc from "fast-check";
import { expect, test } from "vitest";
import { doneAt } from "../../src/demo/stall.js";

const tenths = { everyMs: 10_000, lengthMs: 1000 };

test.each([
  ["before the first stall nothing changes", 9_000, 500, 9_500],
  ["work under way goes on after the stall", 9_995, 10, 11_005],
  ["what arrives during the stall begins at its end", 10_300, 6, 11_006],
  ["what takes no time waits for the end of the stall", 10_300, 0, 11_000],
  ["after the stall nothing changes", 11_000, 6, 11_006],
  ["every period has its stall", 25_000, 5_010, 31_010],
  ["long work waits for each stall in its way", 9_000, 20_000, 32_000],
])("%s", (_, at, delay, done) => {
  expect(doneAt(at, delay, tenths)).toBeCloseTo(done, 6);
});

test("without a plan nothing stalls", () => {
  expect(doneAt(10_300, 6, undefined)).toBe(10_306);
});

const plans = fc
  .record({ everyMs: fc.integer({ min: 2, max: 20_000 }), share: fc.double({ min: 0.01, max: 0.9, noNaN: true }) })
  .map(({ everyMs, share }) => ({ everyMs, lengthMs: everyMs * share }));

test("work is never done early, never inside a stall, and later arrivals are never done sooner", () => {
  fc.assert(
    fc.property(
      plans,
      fc.double({ min: 0, max: 1e5, noNaN: true }),
      fc.double({ min: 0, max: 1e4, noNaN: true }),
      (plan, at, delay) => {
        const done = doneAt(at, delay, plan);
        expect(done).toBeGreaterThanOrEqual(at + delay - 1e-6);
        const within = done % plan.everyMs;
        if (done >= plan.everyMs && within > 1e-6 && plan.everyMs - within > 1e-6) {
          expect(within).toBeGreaterThanOrEqual(plan.lengthMs - 1e-6);
        }
        expect(doneAt(at + 1, delay, plan)).toBeGreaterThanOrEqual(done - 1e-6);
      },
    ),
    { numRuns: 2000, examples: [[{ everyMs: 1596, lengthMs: 1109.4335171678886 }, 98_952.5, 0]] },
  );
});
