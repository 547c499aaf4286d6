import { expect, test } from "vitest";
import { seededRandom } from "../../src/stats/random.js";
import { moments } from "../../src/stats/two-means.js";

const draw = <T>(n: number, next: () => T) => Array.from({ length: n }, next);

test("the same seed gives the same stream, another seed another", () => {
  const first = draw(5, seededRandom(7).uniform);
  expect(draw(5, seededRandom(7).uniform)).toEqual(first);
  expect(draw(5, seededRandom(8).uniform)).not.toEqual(first);
});

test("the stream is pinned, because recorded verdicts depend on it", () => {
  expect(seededRandom(42).below(1_000_000)).toBe(660615);
});

test("uniform numbers fill [0, 1) evenly, in one dimension and in two", () => {
  const random = seededRandom(1);
  const cells = new Array<number>(100).fill(0);
  for (let i = 0; i < 100_000; i += 1) cells[random.below(10) * 10 + Math.floor(random.uniform() * 10)]! += 1;
  const chiSquare = cells.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  // 99 degrees of freedom: 0.1 % below 61 and 0.1 % above 149.
  expect(chiSquare).toBeGreaterThan(61);
  expect(chiSquare).toBeLessThan(149);
});

test("normal numbers have mean 0, variance 1 and the right tails", () => {
  const values = draw(100_000, seededRandom(2).normal);
  const { mean, variance } = moments(values);
  expect(Math.abs(mean)).toBeLessThan(0.015);
  expect(Math.abs(variance - 1)).toBeLessThan(0.02);
  const beyond = values.filter((value) => value > 1.959963984540054).length;
  expect(Math.abs(beyond - 2500)).toBeLessThan(200);
});

test("neighbouring seeds give unrelated streams", () => {
  const means = draw(200, () => 0).map((_, seed) => moments(draw(100, seededRandom(seed).uniform)).mean);
  // The mean of 100 uniform numbers has standard deviation 0.0289.
  expect(Math.abs(Math.sqrt(moments(means).variance) - 0.0289)).toBeLessThan(0.006);
});
