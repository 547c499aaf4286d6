import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { segment } from "../../src/stats/change-points.js";
import { seededRandom } from "../../src/stats/random.js";

function noisy(n: number, phi: number, sd: number, seed: number, level: (i: number) => number = () => 0): number[] {
  const random = seededRandom(seed);
  let x = sd * random.normal();
  return Array.from({ length: n }, (_, i) => {
    const value = level(i) + x;
    x = phi * x + sd * Math.sqrt(1 - phi ** 2) * random.normal();
    return value;
  });
}

const places = (values: readonly number[]) => segment(values).changes.map((change) => change.at);

describe("levels", () => {
  test("one step is one change, where it is and as large as it is", () => {
    const { changes } = segment(noisy(60, 0, 0.02, 1, (i) => (i < 40 ? 0 : 0.1)));
    expect(changes).toHaveLength(1);
    expect(Math.abs(changes[0]!.at - 40)).toBeLessThanOrEqual(1);
    expect(Math.abs(changes[0]!.size - 0.1)).toBeLessThan(3 * changes[0]!.standardError);
  });

  test("a step is seen three values after it", () => {
    expect(places(noisy(60, 0.3, 0.015, 2, (i) => (i < 57 ? 0 : 0.1)))).toEqual([57]);
  });

  test("up and down again are two changes", () => {
    expect(places(noisy(90, 0, 0.02, 3, (i) => (i >= 40 && i < 50 ? 0.1 : 0)))).toEqual([40, 50]);
  });

  test("a lone outlier is no change, at the end either", () => {
    const values = noisy(60, 0, 0.02, 4);
    values[30] = 1;
    values[59] = 1;
    expect(places(values)).toEqual([]);
  });

  test("changes below the smallest are not told", () => {
    const values = noisy(120, 0, 0.005, 5, (i) => (i < 60 ? 0 : 0.02));
    expect(segment(values).changes).toHaveLength(1);
    expect(segment(values, { smallest: 0.03 }).changes).toHaveLength(0);
    expect(segment(values, { smallest: 0.03 }).segments).toHaveLength(1);
  });

  test.each([0, 0.6])("at most 2 %% of 300 stationary series with φ = %f alarm", (phi) => {
    let alarms = 0;
    for (let seed = 0; seed < 300; seed += 1) alarms += Math.sign(places(noisy(60, phi, 1, 1000 + seed)).length);
    // 2 % of 300 and two standard deviations of chance.
    expect(alarms).toBeLessThanOrEqual(10);
  });

  test("autocorrelation is found as it is", () => {
    const found = Array.from({ length: 40 }, (_, i) => segment(noisy(150, 0.6, 1, 50 + i)).phi);
    expect(found.reduce((sum, one) => sum + one, 0) / found.length).toBeCloseTo(0.6, 1);
  });
});

describe("ugly series", () => {
  test.each([[[]], [[1]], [[1, 2]], [[0, 0, 0, 0, 0, 0]], [Array(50).fill(7)]] as number[][][])(
    "%j has no change",
    (values) => {
      const { changes, phi } = segment(values);
      expect(changes).toEqual([]);
      expect(phi).toBe(0);
    },
  );

  test("a step without any noise is found", () => {
    expect(places([...Array(20).fill(0), ...Array(20).fill(1)])).toEqual([20]);
  });

  test("segments cover every value once, none is too short, and no figure is NaN", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 40 }), (values) => {
        const { segments, changes, phi } = segment(values);
        let at = 0;
        for (const { from, to, mean } of segments) {
          expect(from).toBe(at);
          if (segments.length > 1) expect(to - from).toBeGreaterThanOrEqual(3);
          expect(mean).not.toBeNaN();
          at = to;
        }
        expect(at).toBe(values.length);
        for (const { size, standardError } of changes) expect(size + standardError).not.toBeNaN();
        expect(phi).not.toBeNaN();
      }),
      { numRuns: 200 },
    );
  });
});
