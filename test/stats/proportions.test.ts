import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dispersion, newcombe, wilson } from "../../src/stats/proportions.js";

const z95 = 1.959963984540054;

// R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I: method 3.
test.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])("Wilson's interval of %d in %d", (hits, trials, low, high) => {
  const interval = wilson({ hits, trials }, z95);
  expect(interval.low).toBeCloseTo(low, 4);
  expect(interval.high).toBeCloseTo(high, 4);
});

// R. G. Newcombe, Statistics in Medicine 17 (1998), 873-890, table II: method 10.
test.each([
  [56, 70, 48, 80, 0.0524, 0.3339],
  [9, 10, 3, 10, 0.1705, 0.809],
  [0, 10, 0, 10, -0.2775, 0.2775],
  [10, 10, 0, 10, 0.6075, 1],
])("Newcombe's interval of %d/%d - %d/%d", (x1, n1, x2, n2, low, high) => {
  const interval = newcombe({ hits: x2, trials: n2 }, { hits: x1, trials: n1 }, z95);
  expect(interval.low).toBeCloseTo(low, 4);
  expect(interval.high).toBeCloseTo(high, 4);
});

test("the interval holds the difference, turns with the sides, and stays within -1 and 1", () => {
  const proportion = fc
    .tuple(fc.integer({ min: 1, max: 100_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([trials, p]) => ({ hits: Math.round(p * trials), trials }));
  fc.assert(
    fc.property(proportion, proportion, fc.double({ min: 0.1, max: 40, noNaN: true }), (a, b, z) => {
      const { low, high } = newcombe(a, b, z);
      const difference = b.hits / b.trials - a.hits / a.trials;
      expect(low).toBeLessThanOrEqual(difference + 1e-12);
      expect(high).toBeGreaterThanOrEqual(difference - 1e-12);
      expect(low).toBeGreaterThanOrEqual(-1 - 1e-12);
      expect(high).toBeLessThanOrEqual(1 + 1e-12);
      expect(newcombe(b, a, z).low).toBeCloseTo(-high, 12);
    }),
  );
});

test("no trials leave everything possible", () => {
  expect(wilson({ hits: 0, trials: 0 }, z95)).toEqual({ low: 0, high: 1 });
});

describe("dispersion", () => {
  test("runs that differ as chance lets them are not inflated", () => {
    const sides = [[100, 110, 90].map((hits) => ({ hits, trials: 10_000 }))];
    expect(dispersion(sides)).toEqual({ factor: expect.closeTo(1.0101, 3), df: 2 });
  });

  test("all errors in one of three runs inflate the variance by their number", () => {
    const { factor, df } = dispersion([[200, 0, 0].map((hits) => ({ hits, trials: 60_000 }))]);
    expect(factor).toBeCloseTo(200, -1);
    expect(df).toBe(2);
  });

  test("sides without errors and single runs say nothing", () => {
    const none = [0, 0, 0].map((hits) => ({ hits, trials: 1000 }));
    expect(dispersion([none, [{ hits: 5, trials: 1000 }]])).toEqual({ factor: 1, df: 0 });
    expect(dispersion([[], none])).toEqual({ factor: 1, df: 0 });
  });
});
