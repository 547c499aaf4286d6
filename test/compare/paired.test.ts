import { expect, test } from "vitest";
import { compareRuns } from "../../src/compare/compare-runs.js";
import { boundEffect, pairedEffect } from "../../src/compare/paired-effect.js";
import type { CompareOptions } from "../../src/model/comparison.js";
import { seededRandom } from "../../src/stats/random.js";
import { runOf, sideOf } from "./world.js";

const sessions = ["0", "1", "2", "3", "4"];
const pairs = sessions.map((n) => [`a${n}`, `b${n}`] as const);
// Sessions differ far more from one another than their two sides do.
const moods = [0.8, 0.95, 1, 1.1, 1.3];

function compareSessions(ratio: number, options: CompareOptions) {
  const random = seededRandom(5);
  const noise = () => Math.exp(0.005 * random.normal());
  return compareRuns({
    scenario: "api",
    baseline: sideOf(sessions.map((n, i) => runOf(`a${n}`, moods[i]! * noise()))),
    candidate: sideOf(sessions.map((n, i) => runOf(`b${n}`, moods[i]! * ratio * noise()))),
    options,
  });
}

test("pairs find a change that the sessions' differences hide from unpaired runs", () => {
  expect(compareSessions(1.1, {}).verdict).toBe("inconclusive");
  expect(compareSessions(1.1, { pairs }).verdict).toBe("regressed");
});

test("equal sides of unlike sessions pass", () => {
  expect(compareSessions(1, { pairs }).verdict).toBe("pass");
});

test("the order in which runs are given does not separate pairs", () => {
  const shuffled = [...pairs].reverse();
  const row = ({ rows }: ReturnType<typeof compareSessions>) => rows.find((one) => one.statistic === "p(95)")!;
  const first = row(compareSessions(1.1, { pairs })).interval!;
  const second = row(compareSessions(1.1, { pairs: shuffled })).interval!;
  expect(second.low).toBeCloseTo(first.low, 12);
});

test.each([
  [1.8, "pass"],
  [2.3, "regressed"],
  [2, "inconclusive"],
] as const)("at %f times the baseline the bound of 2 says %s", (ratio, verdict) => {
  const { rows } = compareSessions(ratio, { pairs, maxRatio: 2 });
  const latencies = rows.filter((row) => row.gating && row.unit === "ms");
  expect(latencies.map((row) => row.verdict)).toEqual([verdict, verdict, verdict]);
  expect(latencies[0]!.margin).toBe(1);
});

test("one session proves neither a pass nor a small regression", () => {
  const { verdict, rows } = compareSessions(1.1, { pairs: pairs.slice(0, 1) });
  expect(verdict).toBe("inconclusive");
  expect(rows[0]!.reason).not.toContain("NaN");
});

test("a pair of which one run is missing does not count", () => {
  const { rows } = compareSessions(1.1, { pairs: [...pairs, ["a0", "gone"]] });
  expect(rows[0]!.verdict).toBe("regressed");
});

test("identical sessions have the recording's grain for a spread, not none", () => {
  const effect = pairedEffect([1, 2, 3], [1, 2, 3], 0.0003);
  expect(effect.upper(0.95)).toBeGreaterThan(0);
  expect(effect.pWorse).toBeCloseTo(0.5, 12);
});

test("a bound borrows from what is known of other benchmarks", () => {
  const [a, b] = [
    [0, 0, 0],
    [0.48, 0.51, 0.54],
  ];
  const moderated = boundEffect(a!, b!);
  const alone = pairedEffect(a!, b!, 1e-4);
  expect(moderated.upper(0.95) - 0.51).toBeGreaterThan(0);
  expect(moderated.upper(0.99)).toBeLessThan(alone.upper(0.99));
});

test("each further look makes a verdict harder to reach", () => {
  const bounds = [1, 2, 4].map((looks) => {
    const row = compareSessions(1, { pairs, looks }).rows.find((one) => one.statistic === "p(95)")!;
    return Number(/at most ([\d.]+) %/.exec(row.reason)![1]);
  });
  expect(bounds[1]).toBeGreaterThan(bounds[0]!);
  expect(bounds[2]).toBeGreaterThan(bounds[1]!);
});

test("a series may have a margin of its own", () => {
  const own = { "http_req_response_time p(95)": 0.2 };
  const { rows } = compareSessions(1.1, { pairs, margins: own });
  expect(rows.find((row) => row.statistic === "p(95)")!.verdict).toBe("pass");
  expect(rows.find((row) => row.statistic === "p(50)")!.verdict).toBe("regressed");
});

test.each([{ maxRatio: 1 }, { maxRatio: Number.NaN }, { margins: { throughput: -1 } }])(
  "an unusable bound or margin is refused: %j",
  (options) => {
    expect(() => compareSessions(1, options)).toThrow(/not a? ?usable/);
  },
);
