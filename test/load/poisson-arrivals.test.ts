import { describe, expect, test } from "vitest";
import { curveOf } from "../../src/load/arrival-curve.js";
import { poissonArrivals } from "../../src/load/poisson-arrivals.js";
import type { PacedScenario } from "../../src/load/schedule.js";
import { namedSeed } from "../../src/stats/random.js";

const common = { name: "s", startTimeMs: 0, gracefulStopMs: 0, exec: "default", env: {}, tags: {} };
const pool = { timeUnitMs: 1000, preAllocatedVUs: 1, maxVUs: 1 };
const constant = (rate: number, durationMs: number): PacedScenario => ({
  ...common,
  ...pool,
  executor: "constant-arrival-rate",
  rate,
  durationMs,
});
const ramp: PacedScenario = {
  ...common,
  ...pool,
  executor: "ramping-arrival-rate",
  startRate: 0,
  stages: [
    { durationMs: 10_000, target: 200 },
    { durationMs: 5000, target: 200 },
    { durationMs: 0, target: 50 },
    { durationMs: 10_000, target: 50 },
  ],
};

const dueTimes = (scenario: PacedScenario, seed: number): number[] => {
  const { count, dueAt } = poissonArrivals(curveOf(scenario), seed);
  return Array.from({ length: count }, (_, n) => dueAt(n));
};
/** Greatest distance between the values' distribution and the given one (Kolmogorov and Smirnov), times √n. */
const distance = (values: readonly number[], cdf: (value: number) => number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const steps = sorted.map((value, i) =>
    Math.max(Math.abs(cdf(value) - i / sorted.length), Math.abs(cdf(value) - (i + 1) / sorted.length)),
  );
  return Math.max(...steps) * Math.sqrt(values.length);
};
/** Exceeded once in 10,000 samples of the right distribution. */
const rare = 2.23;

describe("arrivals at random", () => {
  test("come in order, within the scenario", () => {
    const due = dueTimes(constant(1000, 20_000), 1);
    expect(due).toEqual([...due].sort((a, b) => a - b));
    expect(due[0]).toBeGreaterThan(0);
    expect(due.at(-1)).toBeLessThan(20_000);
  });

  test("have exponential gaps that do not depend on one another", () => {
    const due = dueTimes(constant(1000, 20_000), 2);
    const gaps = due.slice(1).map((ms, i) => ms - due[i]!);
    expect(distance(gaps, (ms) => 1 - Math.exp(-ms))).toBeLessThan(rare);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const products = gaps.slice(1).map((gap, i) => (gap - mean) * (gaps[i]! - mean));
    const correlation = products.reduce((sum, product) => sum + product, 0) / products.length / mean ** 2;
    expect(Math.abs(correlation)).toBeLessThan(4 / Math.sqrt(gaps.length));
  });

  test.each([3, 40, 5000])(
    "are as many on average as the rate asks for, and scatter as Poisson says: mean %i",
    (mean) => {
      const runs = 2000;
      const counts = Array.from(
        { length: runs },
        (_, seed) => poissonArrivals(curveOf(constant(mean, 1000)), seed).count,
      );
      const average = counts.reduce((sum, count) => sum + count, 0) / runs;
      const variance = counts.reduce((sum, count) => sum + (count - average) ** 2, 0) / (runs - 1);
      expect(Math.abs(average - mean)).toBeLessThan(4 * Math.sqrt(mean / runs));
      // The variance of a variance: 2 σ⁴ / n and a little more for small means.
      expect(Math.abs(variance / mean - 1)).toBeLessThan(4 * Math.sqrt((2 + 1 / mean) / runs));
    },
  );

  test("follow a ramp: bent back by the expected count they are a constant rate's", () => {
    const curve = curveOf(ramp);
    const due = dueTimes(ramp, 3);
    const places = due.map((ms) => curve.expectedBefore(ms) / curve.total);
    expect(distance(places, (place) => place)).toBeLessThan(rare);
    expect(due.length).toBeGreaterThan(2500 - 4 * 50);
    expect(due.length).toBeLessThan(2500 + 4 * 50);
  });

  test("are the same for the same seed, in whatever order they are asked for", () => {
    const due = dueTimes(ramp, 4);
    const other = poissonArrivals(curveOf(ramp), 4);
    expect(other.count).toBe(due.length);
    for (let i = 0; i < 500; i += 1) {
      const n = (i * 7919) % due.length;
      expect(other.dueAt(n)).toBe(due[n]);
    }
    expect(dueTimes(ramp, 5)).not.toEqual(due);
  });

  test("are counted before a time as their due times say", () => {
    const { count, dueAt, countBefore } = poissonArrivals(curveOf(ramp), 6);
    expect(countBefore(0)).toBe(0);
    expect(countBefore(1e9)).toBe(count);
    for (let n = 0; n < count; n += 37) {
      expect(countBefore(dueAt(n))).toBe(n);
      expect(countBefore(dueAt(n) + 1e-6)).toBeGreaterThanOrEqual(n + 1);
    }
  });

  test("an hour at 100,000 a second is found without walking there", () => {
    const { count, dueAt } = poissonArrivals(curveOf(constant(100_000, 3_600_000)), 8);
    expect(Math.abs(count - 3.6e8)).toBeLessThan(4 * Math.sqrt(3.6e8));
    const middle = Math.floor(count / 2);
    expect(Math.abs(dueAt(middle) - 1_800_000)).toBeLessThan(1000);
    expect(dueAt(middle + 1)).toBeGreaterThan(dueAt(middle));
  });

  test("two scenarios of one seed do not arrive in step", () => {
    expect(namedSeed(1, "a")).not.toBe(namedSeed(1, "b"));
    expect(namedSeed(1, "a")).not.toBe(namedSeed(2, "a"));
  });
});
