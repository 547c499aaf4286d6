import { expect, test } from "vitest";
import { findChangePoints, type TrendPoint } from "../../src/compare/history.js";
import { seededRandom } from "../../src/stats/random.js";

const nights = (values: readonly (number | null)[], facts: (i: number) => Record<string, string> = () => ({})) =>
  values.map(
    (value, i): TrendPoint => ({
      id: `run-${i}`,
      startedAt: new Date(i * 86_400_000).toISOString(),
      value,
      facts: facts(i),
    }),
  );

function stepAt(at: number, n: number, factor: number): number[] {
  const random = seededRandom(8);
  return Array.from({ length: n }, (_, i) => 20 * (i < at ? 1 : factor) * Math.exp(0.01 * random.normal()));
}

test("a change names its run, its size with an interval, and what else changed there", () => {
  const [change, ...others] = findChangePoints(
    nights(stepAt(30, 60, 1.1), (i) => ({ version: i < 30 ? "1.4" : "1.5", cpu: "x" })),
  );
  expect(others).toEqual([]);
  expect(change!.run).toBe("run-30");
  expect(change!.interval.low).toBeLessThan(0.1);
  expect(change!.interval.high).toBeGreaterThan(0.1);
  expect(change!.interval.low).toBeGreaterThan(0.05);
  expect(change!.alsoChanged).toEqual([{ what: "version", before: "1.4", after: "1.5" }]);
  expect([change!.runsBefore, change!.runsAfter]).toEqual([30, 30]);
  expect(change!.before).toBeCloseTo(20, 0);
});

test("runs without a usable value are left out and do not shift the others", () => {
  const values: (number | null)[] = [...stepAt(30, 60, 1.2)];
  values[10] = null;
  values[11] = 0;
  values[12] = Number.NaN;
  expect(findChangePoints(nights(values)).map(({ run, index }) => [run, index])).toEqual([["run-30", 30]]);
});

test.each([[[]], [[5]], [[5, 5, 5, 5]], [[null, null]], [[0, 0, 0, 0, 0, 0, 0]]] as (number | null)[][][])(
  "%j holds no change",
  (values) => {
    expect(findChangePoints(nights(values))).toEqual([]);
  },
);

test("an improvement is a change too", () => {
  expect(findChangePoints(nights(stepAt(30, 60, 0.9)))[0]!.change).toBeLessThan(-0.08);
});

test("the same points give the same words", () => {
  const points = nights(stepAt(20, 50, 1.1));
  expect(JSON.stringify(findChangePoints(points))).toBe(JSON.stringify(findChangePoints(points)));
});
