import fc from "fast-check";
import { expect, test } from "vitest";
import { lowerBound, moments, pAbove, paired, pooled, upperBound, welch } from "../../src/stats/two-means.js";

// Reference values: scipy.stats.ttest_ind(b, a) and ttest_rel, SciPy 1.17.
const a = moments([5.1, 4.9, 5.6, 5.8, 5.0]);
const b = moments([6.1, 6.4, 5.9]);

test("Welch's test agrees with SciPy", () => {
  const estimate = welch(a, b);
  expect(estimate.difference / estimate.standardError).toBeCloseTo(3.723857955165542, 10);
  expect(estimate.df).toBeCloseTo(5.875225729166036, 10);
  expect(2 * pAbove(estimate)).toBeCloseTo(0.010189227322092083, 10);
  expect(lowerBound(estimate, 0.95)).toBeCloseTo(0.40634834643749185, 10);
  expect(upperBound(estimate, 0.95)).toBeCloseTo(1.300318320229175, 10);
});

test("the pooled test agrees with SciPy", () => {
  const estimate = pooled(a, b);
  expect(estimate.df).toBe(6);
  expect(2 * pAbove(estimate)).toBeCloseTo(0.01651643290946245, 10);
  expect(lowerBound(estimate, 0.95)).toBeCloseTo(0.3500478344952337, 10);
});

test("the paired test agrees with SciPy", () => {
  const estimate = paired([0.2, 0.1, 0.5]);
  expect(estimate.difference / estimate.standardError).toBeCloseTo(2.218800784900917, 9);
  expect(2 * pAbove(estimate)).toBeCloseTo(0.1567259572884321, 9);
});

test("with equal sides Welch's error is the pooled error, and its degrees of freedom are no more", () => {
  const value = fc.double({ min: -10, max: 10, noNaN: true });
  const side = fc.array(value, { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(side, side, (x, y) => {
      const [left, right] = [moments(x), moments(y)];
      expect(welch(left, right).standardError).toBeCloseTo(pooled(left, right).standardError, 9);
      expect(welch(left, right).df).toBeLessThanOrEqual(6 + 1e-9);
    }),
  );
});

test("a p-value below 1 % and a lower 99 % bound above 0 are one statement", () => {
  const value = fc.double({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(value, fc.double({ min: 0.01, max: 1, noNaN: true }), fc.double({ min: 1, max: 50 }), (d, se, df) => {
      const estimate = { difference: d, standardError: se, df };
      fc.pre(Math.abs(pAbove(estimate) - 0.01) > 1e-9);
      expect(lowerBound(estimate, 0.99) > 0).toBe(pAbove(estimate) < 0.01);
    }),
  );
});

test("constant samples give certain answers, never NaN", () => {
  const estimate = welch(moments([2, 2]), moments([2, 2]));
  expect([lowerBound(estimate, 0.99), upperBound(estimate, 0.95), pAbove(estimate)]).toEqual([0, 0, 1]);
  expect(pAbove(welch(moments([2, 2]), moments([3, 3])))).toBe(0);
});

test("a large common offset costs no precision", () => {
  expect(moments([1e9 + 1, 1e9 + 2, 1e9 + 3]).variance).toBe(1);
});
