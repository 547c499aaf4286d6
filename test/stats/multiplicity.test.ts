import fc from "fast-check";
import { expect, test } from "vitest";
import { benjaminiHochberg, holm } from "../../src/stats/multiplicity.js";

const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 12));

test("Holm's adjusted values of a worked example", () => {
  expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual(near([0.03, 0.06, 0.06, 0.02]));
});

test("Benjamini and Hochberg's adjusted values agree with SciPy", () => {
  expect(benjaminiHochberg([0.01, 0.04, 0.03, 0.005, 0.8])).toEqual(near([0.025, 0.05, 0.05, 0.025, 0.8]));
});

test("no test and one test need no adjustment", () => {
  expect([holm([]), benjaminiHochberg([]), holm([0.3]), benjaminiHochberg([0.3])]).toEqual([[], [], [0.3], [0.3]]);
});

test("adjusting never lowers a p-value, keeps their order, and Holm is the stricter", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }), (p) => {
      const strict = holm(p);
      const lenient = benjaminiHochberg(p);
      for (let i = 0; i < p.length; i += 1) {
        expect(lenient[i]).toBeGreaterThanOrEqual(p[i]! - 1e-15);
        expect(strict[i]).toBeGreaterThanOrEqual(lenient[i]! - 1e-15);
        expect(strict[i]).toBeLessThanOrEqual(1);
        for (let j = 0; j < p.length; j += 1) if (p[i]! < p[j]!) expect(strict[i]).toBeLessThanOrEqual(strict[j]!);
      }
    }),
  );
});
