import { expect, test } from "vitest";
import { latencyAt, latencySampler, normalQuantile, seededRandom } from "../../src/demo/latency.js";

function draw(count: number, seed: number): number[] {
  const sample = latencySampler(seededRandom(seed));
  return Array.from({ length: count }, sample).sort((a, b) => a - b);
}
const at = (sorted: number[], q: number) => sorted[Math.floor(q * (sorted.length - 1))]!;

test("the median is 6 ms, p95 16 ms, p99 24 ms, and the tail goes on", () => {
  expect(latencyAt(0.5)).toBeCloseTo(6, 2);
  expect(latencyAt(0.95)).toBeCloseTo(16, 1);
  expect(latencyAt(0.99)).toBeCloseTo(24, 0);
  expect(latencyAt(0.999)).toBeGreaterThan(60);
  expect(latencyAt(0.999)).toBeLessThan(75);
});

test("latency never falls as the quantile rises", () => {
  let last = 0;
  for (let q = 0.0001; q < 1; q += 0.0001) {
    expect(latencyAt(q)).toBeGreaterThanOrEqual(last);
    last = latencyAt(q);
  }
});

test("the normal quantile agrees with the tables", () => {
  for (const [q, z] of [
    [0.5, 0],
    [0.95, 1.64485],
    [0.99, 2.32635],
    [0.001, -3.09023],
  ] as const) {
    expect(Math.abs(normalQuantile(q) - z)).toBeLessThan(4.5e-4);
  }
});

test("quantiles of 10,000 draws are within 1 % of the truth, whatever the seed", () => {
  const runs = [1, 2, 3, 4, 5].map((seed) => draw(10_000, seed));
  for (const q of [0.5, 0.95, 0.99]) {
    const values = runs.map((run) => at(run, q));
    expect(Math.max(...values) / Math.min(...values)).toBeLessThan(1.015);
    expect(at(runs[0]!, q) / latencyAt(q)).toBeGreaterThan(0.99);
    expect(at(runs[0]!, q) / latencyAt(q)).toBeLessThan(1.01);
  }
});

test("one seed gives one sequence, another seed another", () => {
  const first = latencySampler(seededRandom(1));
  const again = latencySampler(seededRandom(1));
  const other = latencySampler(seededRandom(2));
  const sequence = Array.from({ length: 20 }, first);
  expect(Array.from({ length: 20 }, again)).toEqual(sequence);
  expect(Array.from({ length: 20 }, other)).not.toEqual(sequence);
});

test("consecutive draws are not correlated", () => {
  const sample = latencySampler(seededRandom(3));
  const draws = Array.from({ length: 20_000 }, () => Math.log(sample()));
  const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
  const variance = draws.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const lagged = draws.slice(1).reduce((sum, value, i) => sum + (value - mean) * (draws[i]! - mean), 0);
  expect(Math.abs(lagged / variance)).toBeLessThan(0.03);
});
