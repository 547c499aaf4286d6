import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { seededRandom } from "../../src/stats/random.js";

// The estimator takes its random numbers from the built program.
const isBuilt = existsSync(new URL("../../dist/stats/random.js", import.meta.url));
const built = isBuilt ? await import("../../bench/looks.mjs") : undefined;

/**
 * A load of 1,000/s whose lateness is exponential with mean 0.2 ms; every other second, `extraMs` are added to what is due in
 * the 20 ms after its look. Some arrivals are missing.
 */
function world(extraMs: number, missing: readonly number[]) {
  const random = seededRandom(11);
  const seconds = 200;
  const lookAtMs = (second: number) => second * 1000 + 330;
  const stamps: bigint[] = [];
  for (let n = 0; n < seconds * 1000; n += 1) {
    if (missing.includes(n)) continue;
    const second = Math.floor((n - 330) / 1000);
    const since = n - lookAtMs(second);
    const lateMs = -0.2 * Math.log1p(-random.below(1e9) / 1e9) + (second % 2 === 0 && since < 20 ? extraMs : 0);
    stamps.push(BigInt(Math.round((n + lateMs) * 1e6)));
  }
  stamps.sort((a, b) => Number(a - b));
  const looks = Array.from({ length: seconds }, (_, second) => ({
    sampled: second % 2 === 0,
    atNs: String(BigInt(lookAtMs(second)) * 1_000_000n),
    lastedMs: 20,
  }));
  return built!.disturbanceOf(built!.latenessByLook(BigUint64Array.from(stamps), 1000, looks));
}

test.skipIf(!isBuilt)("looks that disturb nothing are found to disturb nothing", () => {
  const { share, interval, farShare, p99s, count } = world(0, []);
  expect(Math.abs(share)).toBeLessThan(0.02);
  expect(interval[0]).toBeLessThanOrEqual(0);
  expect(interval[1]).toBeGreaterThanOrEqual(0);
  expect(Math.abs(farShare)).toBeLessThan(0.05);
  // ln(100) of the mean.
  expect(p99s.bare).toBeGreaterThan(0.95 * 921);
  expect(p99s.bare).toBeLessThan(1.05 * 921);
  expect(count).toBe(99);
});

test.skipIf(!isBuilt)("what looks add is found, also where arrivals are missing", () => {
  // 2 % of the arrivals come 5 ms late, so that a p99 of 0.92 ms becomes one of 5 ms and the half of those above it.
  const whole = world(5, []);
  expect(whole.p99s.watching).toBeGreaterThan(4800);
  expect(whole.p99s.watching).toBeLessThan(5400);
  expect(whole.interval[0]).toBeGreaterThan(3);
  const missing = Array.from({ length: 60 }, (_, n) => 3000 + n * 2900);
  const holed = world(5, missing);
  expect(holed.p99s.watching).toBeGreaterThan(4800);
  expect(holed.p99s.watching).toBeLessThan(5400);
  expect(holed.share).toBeCloseTo(whole.share, 0);
  expect(holed.interval[0]).toBeGreaterThan(3);
});
