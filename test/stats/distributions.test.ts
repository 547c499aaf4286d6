import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normalCdf, normalQuantile } from "../../src/stats/normal.js";
import { logGamma, regularisedBeta } from "../../src/stats/special.js";
import { studentCdf, studentQuantile } from "../../src/stats/student-t.js";

/** Within a relative error; toBeCloseTo counts decimals, which says nothing about a tail of 1e-10. */
function expectNear(found: number, expected: number, relative = 1e-9) {
  expect(Math.abs(found - expected), `${found} is not ${expected}`).toBeLessThanOrEqual(relative * Math.abs(expected));
}

describe("special functions", () => {
  test.each([
    [0.3, 1.09579799481808],
    [5, Math.log(24)],
    [100.5, 361.435540467878],
  ])("ln Γ(%d)", (x, expected) => expectNear(logGamma(x), expected, 1e-12));

  test("the incomplete beta function agrees with SciPy", () => {
    expectNear(regularisedBeta(0.7, 2.5, 0.5), 0.2031106637200549);
    expectNear(regularisedBeta(0.99, 30, 2), 0.9616104854047645);
  });
});

// Reference values: SciPy 1.17, scipy.stats.norm and scipy.stats.t.
describe("normal distribution", () => {
  test.each([
    [1e-10, -6.361340902404056],
    [0.001, -3.090232306167813],
    [0.01, -2.3263478740408408],
    [0.3, -0.5244005127080409],
    [0.9, 1.2815515655446004],
    [0.975, 1.959963984540054],
    [0.999, 3.090232306167813],
  ])("the quantile of %d", (p, expected) => expectNear(normalQuantile(p), expected));

  test.each([
    [-8, 6.22096057427174e-16],
    [-3, 0.0013498980316300933],
    [-0.5, 0.3085375387259869],
    [1, 0.8413447460685429],
    [5, 0.9999997133484281],
  ])("the distribution function at %d", (x, expected) => expectNear(normalCdf(x), expected, 1e-8));

  test("the ends of the range are infinite, not NaN", () => {
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity]);
    expect([normalCdf(-1e9), normalCdf(1e9)]).toEqual([0, 1]);
  });
});

describe("Student's t", () => {
  test.each([
    [1, [0.32491969623290634, 6.313751514675037, 31.820515953773935, 318.30883898555015]],
    [1.5, [0.30074539256979543, 3.70518082009675, 11.197316179568393, 52.18443000899263]],
    [2, [0.2886751345948128, 2.9199855803537242, 6.9645567342832715, 22.327124770119866]],
    [3.7, [0.27216446429206953, 2.1824938039146007, 3.9205078192085483, 7.795183875029165]],
    [10, [0.2601848294920803, 1.8124611228116756, 2.7637694581126957, 4.143700494046589]],
    [1e5, [0.25334777715718015, 1.6448688647849696, 2.326385165355268, 3.0903138094272378]],
  ])("quantiles of 0.6, 0.95, 0.99 and 0.999 with %d degrees of freedom", (df, expected) => {
    [0.6, 0.95, 0.99, 0.999].forEach((p, i) => {
      expectNear(studentQuantile(p, df), expected[i]!);
    });
  });

  test.each([
    [1, [0.10241638234956672, 0.6475836176504333, 0.8524163823495667]],
    [2, [0.04773298313335456, 2 / 3, 0.908248290463863]],
    [10, [0.006671827511284785, 0.6860531971285135, 0.9633059826146299]],
    [100, [0.0017039576716647233, 0.6909132170845567, 0.9758939106344332]],
  ])("the distribution function at -3, 0.5 and 2 with %d degrees of freedom", (df, expected) => {
    [-3, 0.5, 2].forEach((t, i) => {
      expectNear(studentCdf(t, df), expected[i]!);
    });
  });

  test("the quantile undoes the distribution function", () => {
    const tail = fc.double({ min: 1e-6, max: 0.4999, noNaN: true });
    const df = fc.double({ min: 0.8, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(tail, df, (p, df) => {
        expectNear(studentCdf(studentQuantile(p, df), df), p, 1e-7);
        expectNear(studentQuantile(1 - p, df), -studentQuantile(p, df), 1e-6);
      }),
    );
  });

  test("becomes the normal distribution without a limit on the degrees of freedom", () => {
    expectNear(studentQuantile(0.99, Infinity), normalQuantile(0.99));
    expectNear(studentCdf(-2, Infinity), normalCdf(-2));
    expect(studentCdf(Infinity, 3)).toBe(1);
  });
});
