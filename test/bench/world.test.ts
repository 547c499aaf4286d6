import { expect, test } from "vitest";
import { seededRandom } from "../../src/stats/random.js";
import { moments } from "../../src/stats/two-means.js";

// The simulation runs on the built program.
const built = await import("../../bench/world.mjs").catch(() => undefined);

test.skipIf(built === undefined)("quantiles by formula have the mean and spread of those of drawn requests", () => {
  const { logQuantiles, moods, requestNoise, seconds, perSecond } = built!;
  const random = seededRandom(3);
  const drawn = Array.from({ length: 60 }, () => {
    const values = new Float64Array(seconds * perSecond);
    moods(random).forEach((mood, t) => {
      for (let i = 0; i < perSecond; i += 1) values[t * perSecond + i] = mood + requestNoise(random);
    });
    values.sort();
    return [0.5, 0.95, 0.99].map((q) => values[Math.floor(q * values.length)]!);
  });
  const computed = Array.from({ length: 2000 }, () => logQuantiles(random, 0));
  for (const at of [0, 1, 2]) {
    const a = moments(drawn.map((run) => run[at]!));
    const b = moments(computed.map((run) => run[at]!));
    expect(Math.abs(a.mean - b.mean)).toBeLessThan(4 * Math.sqrt(a.variance / a.n + b.variance / b.n));
    // Of 60 runs the standard deviation is known to about 9 %.
    expect(Math.sqrt(a.variance / b.variance)).toBeGreaterThan(0.7);
    expect(Math.sqrt(a.variance / b.variance)).toBeLessThan(1.35);
  }
});
