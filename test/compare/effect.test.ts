import { describe, expect, test } from "vitest";
import { logEffect, proportionEffect } from "../../src/compare/effect.js";
import { judge } from "../../src/compare/judge.js";
import { runsToSettle } from "../../src/compare/more-runs.js";
import type { Verdict } from "../../src/model/comparison.js";
import { seededRandom } from "../../src/stats/random.js";

const limit = Math.log1p(0.05);

/** How often each word is said in seeded worlds where runs differ by the given standard deviation. */
function rates(a: number, b: number, sd: number, change: number, trials = 1000): Record<Verdict, number> {
  const random = seededRandom(1000 * a + b);
  const said = { pass: 0, improved: 0, regressed: 0, inconclusive: 0 };
  for (let i = 0; i < trials; i += 1) {
    const draw = (n: number, mean: number) => Array.from({ length: n }, () => mean + sd * random.normal());
    const effect = logEffect(draw(a, 0), draw(b, Math.log1p(change)), 0.0003);
    said[judge(effect, { limit, isBound: false, adjusted: effect.pWorse, level: 0.05, looks: 1 })] += 1 / trials;
  }
  return said;
}

// One per cent and two standard errors of a thousand trials.
const onePercent = 0.0163;
const fivePercent = 0.0638;

describe("calibration", () => {
  const arms = [
    [1, 3],
    [5, 1],
    [2, 2],
    [2, 5],
    [10, 2],
    [3, 3],
    [5, 5],
  ] as const;

  test.each(arms)("%d against %d equal versions are called regressed in at most 1 %%", (a, b) => {
    for (const sd of [0.01, 0.03, 0.05]) expect(rates(a, b, sd, 0).regressed).toBeLessThanOrEqual(onePercent);
  });

  test.each(arms)("%d against %d versions that differ by the margin pass in at most 5 %%", (a, b) => {
    for (const sd of [0.01, 0.03, 0.05]) {
      const { pass, improved } = rates(a, b, sd, 0.05);
      expect(pass + improved).toBeLessThanOrEqual(fivePercent);
    }
  });

  test("five against five at 3 % between runs find +10 % in nine of ten, three against three +30 %", () => {
    expect(rates(5, 5, 0.03, 0.1).regressed).toBeGreaterThan(0.9);
    expect(rates(3, 3, 0.03, 0.3).regressed).toBeGreaterThan(0.98);
  });
});

describe("one run against one", () => {
  const effect = (ratio: number) => logEffect([0], [Math.log(ratio)], 0.0003);

  test.each([
    [1.4, "inconclusive"],
    [1.43, "regressed"],
    [3, "regressed"],
    [1, "inconclusive"],
    [0.72, "inconclusive"],
    [0.7, "improved"],
  ])("a ratio of %d is %s", (ratio, verdict) => {
    expect(judge(effect(ratio), { limit, isBound: false, adjusted: effect(ratio).pWorse, level: 0.05, looks: 1 })).toBe(
      verdict,
    );
  });
});

describe("proportions", () => {
  const runs = (...hits: number[]) => hits.map((one) => ({ hits: one, trials: 60_000 }));
  const word = (a: number[], b: number[]) => {
    const effect = proportionEffect(runs(...a), runs(...b));
    return judge(effect, { limit: 0.001, isBound: false, adjusted: effect.pWorse, level: 0.05, looks: 1 });
  };

  test.each([
    ["no errors at all", [0, 0, 0], [0, 0, 0], "pass"],
    ["equal errors", [10, 12, 8], [11, 9, 10], "pass"],
    ["steady new errors", [0, 0, 0], [300, 310, 290], "regressed"],
    ["one burst in one of three runs", [0, 0, 0], [600, 0, 0], "inconclusive"],
    ["errors that vanished", [300, 310, 290], [0, 0, 0], "improved"],
    ["every request failed", [0, 0, 0], [60_000, 60_000, 60_000], "regressed"],
    ["every request failed on both sides", [60_000, 60_000], [60_000, 60_000], "pass"],
    ["one clean run against one", [0], [0], "inconclusive"],
    ["one run with a burst against one", [0], [1000], "inconclusive"],
    ["one run with a fifth of errors against one", [0], [12_000], "regressed"],
    ["one clean run against three", [0, 0, 0], [0], "pass"],
    ["one run with a burst against three clean ones", [0, 0, 0], [600], "inconclusive"],
  ] as const)("%s: %j against %j", (_name, a, b, verdict) => {
    expect(word([...a], [...b])).toBe(verdict);
  });

  test("few requests cannot prove a small margin", () => {
    const few = [1, 2, 3].map(() => ({ hits: 0, trials: 100 }));
    const effect = proportionEffect(few, few);
    expect(judge(effect, { limit: 0.001, isBound: false, adjusted: effect.pWorse, level: 0.05, looks: 1 })).toBe(
      "inconclusive",
    );
    expect(runsToSettle(effect, 0.001, 3)).toMatchObject({ runs: null, words: expect.stringContaining("longer runs") });
  });

  test("the p-value and the lower bound are one statement", () => {
    const effect = proportionEffect(runs(20, 30, 25), runs(60, 55, 58));
    const p = effect.pWorse;
    expect(effect.lower(1 - p)).toBeCloseTo(0, 9);
    expect(effect.lower(1 - p * 2)).toBeGreaterThan(0);
  });
});

describe("how many runs would settle it", () => {
  const needed = (difference: number, spread: number, runs = 3) =>
    runsToSettle({ ...logEffect([0, 0.01], [0, 0.01], 0.0003), difference, spread }, limit, runs).runs;

  test("more for a wider spread and for a change nearer to the margin", () => {
    expect(needed(0, 0.03)!).toBeGreaterThan(needed(0, 0.02)!);
    expect(needed(0.02, 0.02)!).toBeGreaterThan(needed(0, 0.02)!);
    expect(needed(-0.1, 0.02)).toBe(needed(0, 0.02));
  });

  test("none where the change sits on the margin", () => {
    expect([needed(limit, 0.03), needed(limit * 0.95, 0.03)]).toEqual([null, null]);
  });

  test("always more than there were", () => {
    expect(needed(0, 0.001, 7)).toBe(8);
  });

  test("as many as it says do settle it", () => {
    const n = needed(0, 0.03)!;
    const { pass, improved } = rates(n, n, 0.03, 0);
    expect(pass + improved).toBeGreaterThan(0.85);
  });
});
