import fc from "fast-check";
import { expect, test } from "vitest";
import { fitGrowth } from "../../src/stats/growth.js";
import { seededRandom } from "../../src/stats/random.js";

const settings = { length: 20, resolution: 1e-6, confidence: 0.99, seed: 1 };
const noisy = (seed: number, slope: number, step: { at: number; by: number }) => {
  const random = seededRandom(seed);
  return Array.from({ length: 20 }, (_, x) => ({
    x,
    y: 100 + slope * x + (x < step.at ? 0 : step.by) + random.uniform() - 0.5,
  }));
};

test("a step whose place is known changes no growth, however high it is and wherever it lies", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.double({ min: -50, max: 50, noNaN: true }),
      fc.integer({ min: 1, max: 19 }),
      (seed, by, at) => {
        const flat = fitGrowth(noisy(seed, 1, { at, by: 0 }), { ...settings, stepAt: at })!;
        const stepped = fitGrowth(noisy(seed, 1, { at, by }), { ...settings, stepAt: at })!;
        expect(stepped.bare.slope).toBeCloseTo(flat.bare.slope, 6);
        expect(stepped.bare.slopeError).toBeCloseTo(flat.bare.slopeError, 6);
        expect(stepped.bare.step - flat.bare.step).toBeCloseTo(by, 6);
      },
    ),
  );
});

test("both sides of a step count: the slope is surer than from the longer side alone", () => {
  const step = { at: 9, by: -15 };
  for (let seed = 1; seed <= 20; seed += 1) {
    const points = noisy(seed, 1, step);
    const both = fitGrowth(points, { ...settings, stepAt: step.at })!.bare;
    const after = fitGrowth(points.slice(step.at), settings)!.bare;
    expect(Math.abs(both.slope - 1)).toBeLessThan(0.2);
    expect(both.slopeError).toBeLessThan(after.slopeError);
  }
});

test("without a step the line has none", () => {
  expect(fitGrowth(noisy(3, 1, { at: 20, by: 0 }), settings)!.best.step).toBe(0);
});
