import { expect, test } from "vitest";
import { emptyHistogram, Histogram, quantile } from "../../src/stats/histogram.js";
import { spectrum } from "../../src/stats/spectrum.js";

const histogram = new Histogram();
for (let value = 1; value <= 1000; value += 1) histogram.record(value);

test("runs from the minimum to the exact maximum and ends at 1/N", () => {
  const points = spectrum(histogram);
  expect(points[0]).toEqual({ quantile: 0, inverseTail: 1, value: 1 });
  expect(points.at(-1)).toEqual({ quantile: 1, inverseTail: 1000, value: 1000 });
  expect(points).toHaveLength(61);
});

test("never falls, and every point is the histogram's own quantile", () => {
  const points = spectrum(histogram, 7);
  for (let i = 1; i < points.length; i += 1) {
    expect(points[i]!.value).toBeGreaterThanOrEqual(points[i - 1]!.value);
    expect(points[i]!.inverseTail).toBeGreaterThan(points[i - 1]!.inverseTail);
    expect(points[i]!.value).toBe(quantile(histogram, points[i]!.quantile));
  }
});

test("is empty for an empty histogram and one point for a single value", () => {
  expect(spectrum(emptyHistogram)).toEqual([]);
  const one = new Histogram();
  one.record(5);
  expect(spectrum(one)).toEqual([{ quantile: 1, inverseTail: 1, value: 5 }]);
});
