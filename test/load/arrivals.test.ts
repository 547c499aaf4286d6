import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { constantArrivals, rampingArrivals } from "../../src/load/arrivals.js";

const stage = (durationMs: number, target: number) => ({ durationMs, target });

describe("constant arrivals", () => {
  test.each([
    { rate: 1000, timeUnitMs: 1000, durationMs: 60_000, count: 60_000 },
    { rate: 1000, timeUnitMs: 1000, durationMs: 3_600_000, count: 3_600_000 },
    { rate: 3, timeUnitMs: 1000, durationMs: 1000, count: 3 },
    { rate: 1, timeUnitMs: 60_000, durationMs: 90_000, count: 2 },
    { rate: 7, timeUnitMs: 1000, durationMs: 30_000, count: 210 },
  ])("$rate each $timeUnitMs ms for $durationMs ms make $count", ({ count, ...scenario }) => {
    const arrivals = constantArrivals(scenario);
    expect(arrivals.count).toBe(count);
    expect(arrivals.dueAt(0)).toBe(0);
    expect(arrivals.dueAt(count - 1)).toBeLessThan(scenario.durationMs);
  });

  test("an hour's last arrival is where it should be: the schedule does not drift", () => {
    const arrivals = constantArrivals({ rate: 1000, timeUnitMs: 1000, durationMs: 3_600_000 });
    expect(arrivals.dueAt(3_599_999)).toBe(3_599_999);
  });

  test("as many arrivals are counted before a time as have an earlier due time", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1000, max: 20_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rate, durationMs, at) => {
          const arrivals = constantArrivals({ rate, timeUnitMs: 1000, durationMs });
          const n = Math.floor(at * (arrivals.count - 1));
          expect(arrivals.countBefore(arrivals.dueAt(n))).toBe(n);
          expect(arrivals.countBefore(arrivals.dueAt(n) + 1e-3)).toBe(n + 1);
        },
      ),
    );
  });
});

describe("ramping arrivals", () => {
  test("the arrival that is due at the very end is counted once it is over", () => {
    const arrivals = rampingArrivals({ startRate: 0, timeUnitMs: 1000, stages: [stage(2000, 60)] });
    expect(arrivals.count).toBe(60);
    expect(arrivals.dueAt(59)).toBe(2000);
    expect(arrivals.countBefore(2000)).toBe(59);
    expect(arrivals.countBefore(2000.1)).toBe(60);
    expect(arrivals.countBefore(1e9)).toBe(60);
  });

  test("a flat ramp is a constant rate whose first arrival comes after one period", () => {
    const arrivals = rampingArrivals({ startRate: 10, timeUnitMs: 1000, stages: [stage(1000, 10)] });
    expect(arrivals.count).toBe(10);
    expect([0, 4, 9].map(arrivals.dueAt)).toEqual([100, 500, 1000]);
  });

  test("a ramp from 0 to 100 a second in 10 s makes 500, the nth at the root of the integral", () => {
    const arrivals = rampingArrivals({ startRate: 0, timeUnitMs: 1000, stages: [stage(10_000, 100)] });
    expect(arrivals.count).toBe(500);
    for (const n of [0, 1, 99, 499]) expect(arrivals.dueAt(n)).toBeCloseTo(Math.sqrt((n + 1) / 500) * 10_000, 6);
  });

  test("fractions carry across stages: 2.5 and 2.5 arrivals make 5", () => {
    const scenario = { startRate: 1, timeUnitMs: 1000, stages: [stage(2500, 1), stage(2500, 1)] };
    const arrivals = rampingArrivals(scenario);
    expect(arrivals.count).toBe(5);
    expect(arrivals.dueAt(2)).toBeCloseTo(3000, 9);
  });

  test("a stage of no length jumps", () => {
    const arrivals = rampingArrivals({
      startRate: 10,
      timeUnitMs: 1000,
      stages: [stage(1000, 10), stage(0, 100), stage(1000, 100)],
    });
    expect(arrivals.count).toBe(110);
    expect(arrivals.dueAt(10)).toBeCloseTo(1010, 9);
  });

  test("due times never go back, and the count agrees with them, for any stages", () => {
    const stages = fc.array(
      fc.record({ durationMs: fc.integer({ min: 0, max: 5000 }), target: fc.integer({ min: 0, max: 200 }) }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), stages, (startRate, all) => {
        const arrivals = rampingArrivals({ startRate, timeUnitMs: 1000, stages: all });
        const lengthMs = all.reduce((sum, one) => sum + one.durationMs, 0);
        let last = 0;
        for (let n = 0; n < arrivals.count; n += 1) {
          const due = arrivals.dueAt(n);
          expect(due).toBeGreaterThanOrEqual(last - 1e-6);
          expect(due).toBeLessThanOrEqual(lengthMs + 1e-6);
          last = due;
        }
        expect(arrivals.countBefore(lengthMs + 1)).toBeGreaterThanOrEqual(arrivals.count - 1);
      }),
      { numRuns: 50 },
    );
  });
});
