import { expect, test } from "vitest";
import { emptyHistogram, Histogram } from "../../src/stats/histogram.js";
import { type TrendStatistic, trendScale, trendStatistic } from "../../src/stats/trend.js";

const histogram = new Histogram();
for (const ms of [1, 2, 3, 4, 10]) histogram.record(ms * trendScale);

test.each<[TrendStatistic, number]>([
  ["avg", 4],
  ["min", 1],
  ["med", 3],
  ["max", 10],
  ["count", 5],
  [{ quantile: 0 }, 1],
  [{ quantile: 0.5 }, 3],
  // Rank 3.6 of 0 to 4, between 4 and 10.
  [{ quantile: 0.9 }, 7.6],
  [{ quantile: 1 }, 10],
])("%j of five times is in their own unit", (statistic, expected) => {
  const found = trendStatistic(histogram.toData(), statistic);
  // A histogram keeps three digits.
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(0.001 * expected);
});

test("of nothing every figure is 0", () => {
  for (const statistic of ["avg", "min", "med", "max", "count", { quantile: 0.95 }] as const) {
    expect(trendStatistic(emptyHistogram, statistic)).toBe(0);
  }
});
