import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memorySeries, noises } from "../../bench/memory-world.mjs";
import { judgeLeak } from "../../src/compare/leak.js";
import { leakVerdictSchema } from "../../src/model/leak.js";
import { Problem } from "../../src/model/problem.js";
import { seededRandom } from "../../src/stats/random.js";

const mb = 1e6;
const memory = (leakMb: number, tau: number, seed: number, noise: keyof typeof noises = "middle") =>
  memorySeries({ leakPerHour: leakMb * mb, tau, noise: noises[noise], seed });
const series = (count: number, everyMs: number, value: (seconds: number) => number) => ({
  timesMs: Array.from({ length: count }, (_, i) => i * everyMs),
  values: Array.from({ length: count }, (_, i) => value((i * everyMs) / 1000)),
});

describe("one run by itself", () => {
  test("a leak of 20 MB/h in quiet noise is found, and its interval holds the truth", () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const verdict = judgeLeak(memory(20, 200, seed, "low"));
      expect(verdict.verdict).toBe("leaking");
      expect(verdict.growthPerHour!.low).toBeLessThan(20 * mb);
      expect(verdict.growthPerHour!.high).toBeGreaterThan(20 * mb);
    }
  });

  test("a slow warm-up is not a leak", () => {
    const words = Array.from({ length: 40 }, (_, seed) => judgeLeak(memory(0, 1200, seed + 100, "low")).verdict);
    expect(words.filter((word) => word === "leaking").length).toBeLessThanOrEqual(2);
    expect(words.filter((word) => word === "still-warming-up").length).toBeGreaterThan(20);
  });

  test("a warm-up that goes on says for how long to run: five of its time constants", () => {
    const verdict = judgeLeak(series(1800, 1000, (s) => 100 * mb + 50 * mb * (1 - Math.exp(-s / 600))));
    expect(verdict.verdict).toBe("still-warming-up");
    expect(verdict.timeConstantMs! / 600_000).toBeGreaterThan(0.7);
    expect(verdict.timeConstantMs! / 600_000).toBeLessThan(1.4);
    expect(verdict.runAtLeastMs).toBeGreaterThanOrEqual(5 * verdict.timeConstantMs!);
    expect(verdict.sentence).toMatch(/still warming up\. Run for at least/);
  });

  test("a saw-tooth that always returns to its floor is stable, with a bound", () => {
    const verdict = judgeLeak(series(3600, 1000, (s) => 80 * mb + (s % 37) * mb));
    expect(verdict.verdict).toBe("stable");
    expect(verdict.belowPerHour).toBeLessThan(2 * mb);
    expect(verdict.sentence).toMatch(/^Growth below [\d.]+ MB\/h\.$/);
  });

  test("a constant series is stable and no number is NaN", () => {
    const verdict = judgeLeak(series(600, 1000, () => 50 * mb));
    expect(verdict.verdict).toBe("stable");
    expect(leakVerdictSchema.parse(verdict)).toEqual(verdict);
  });

  describe("a release of memory", () => {
    const released = (leakMb: number, atSecond: number, by = 18) =>
      series(
        180,
        1000,
        (s) => (s < atSecond ? 115 : 115 - by) * mb + (leakMb * mb * s) / 3600 + 0.1 * mb * Math.sin(s * 1.7),
      );

    test("hides no leak that has grown past the old peak, early or late", () => {
      for (const [atSecond, by] of [
        [30, 18],
        [50, 18],
        [100, 10],
        [120, 8],
        // What the leak adds between two floors hides half of the fall.
        [100, 3],
      ] as const) {
        const verdict = judgeLeak(released(600, atSecond, by));
        expect(verdict.verdict).toBe("leaking");
        expect(verdict.growthPerHour!.low).toBeLessThan(600 * mb);
        expect(verdict.growthPerHour!.high).toBeGreaterThan(600 * mb);
      }
    });

    test("is no leak, and does not keep a steady target from being stable", () => {
      for (const atSecond of [30, 60, 100, 140]) {
        expect(judgeLeak(released(0, atSecond))).toMatchObject({ verdict: "stable" });
      }
    });

    test("may be followed by no more than the next tooth of a saw, and the sentence says so", () => {
      const verdict = judgeLeak(released(600, 110));
      expect(verdict.verdict).toBe("still-warming-up");
      expect(verdict.sentence).toMatch(
        /^Grows \d+ to \d+ MB\/h, but not yet past where it fell from: .+ Run for at least/,
      );
    });

    test("is no leak in noise either: of 100 runs none is leaking, and 90 or more are stable", () => {
      const words = Array.from({ length: 100 }, (_, seed) => {
        const random = seededRandom(seed);
        const atSecond = 20 + random.below(150);
        let wander = 0;
        return judgeLeak(
          series(180, 1000, (s) => {
            wander = 0.99 * wander + 0.25 * mb * (random.uniform() - 0.5);
            return (s < atSecond ? 115 : 99) * mb + wander + 0.3 * mb * random.uniform();
          }),
        ).verdict;
      });
      expect(words.filter((word) => word === "leaking")).toEqual([]);
      expect(words.filter((word) => word === "stable").length).toBeGreaterThanOrEqual(90);
    });

    test("both sides count: the interval is far narrower than what the minute after it could say", () => {
      const { low, high } = judgeLeak(released(600, 110)).growthPerHour!;
      expect(low).toBeGreaterThan(400 * mb);
      expect(high).toBeLessThan(900 * mb);
    });

    test("the line that is drawn is that of the side after it", () => {
      const { line, level } = judgeLeak(released(600, 60));
      expect(line!.fromMs).toBeGreaterThanOrEqual(60_000);
      expect(Math.abs(line!.to - level!)).toBeLessThan(2 * mb);
    });
  });

  test("the tooth after a fall is no leak before it has passed the last one", () => {
    const verdict = judgeLeak(series(180, 1000, (s) => 100 * mb + ((s + 100) % 150) * 0.3 * mb));
    expect(verdict.verdict).not.toBe("leaking");
  });

  test("one step, such as a cache that loads once, is no leak", () => {
    const verdict = judgeLeak(series(3600, 1000, (s) => (s < 1800 ? 100 : 110) * mb + 0.2 * mb * Math.sin(s)));
    expect(verdict.verdict).not.toBe("leaking");
  });

  test("less than the minimum effect is no leak, however certain", () => {
    const verdict = judgeLeak(series(3600, 1000, (s) => 50 * mb + (0.9 * mb * s) / 3600));
    expect(verdict.verdict).toBe("stable");
    expect(
      judgeLeak(
        series(3600, 1000, (s) => 50 * mb + (0.9 * mb * s) / 3600),
        { minimumPerHour: 1e5 },
      ).verdict,
    ).toBe("leaking");
  });

  test("file descriptors that are never closed leak", () => {
    const verdict = judgeLeak(
      series(1800, 1000, (s) => 40 + Math.floor(s / 30)),
      { figure: "fds" },
    );
    expect(verdict.verdict).toBe("leaking");
    expect(verdict.sentence).toMatch(/descriptors\/h/);
    expect(verdict.growthPerHour!.low).toBeLessThan(120);
    expect(verdict.growthPerHour!.high).toBeGreaterThan(120);
  });

  test("time to the limit is an interval", () => {
    const verdict = judgeLeak(memory(20, 0, 7, "low"), { limit: 1000 * mb });
    const hours = verdict.timeToLimitMs!;
    const room = (1000 * mb - verdict.level!) / (20 * mb);
    expect(hours.low / 3.6e6).toBeLessThan(room);
    expect(hours.high! / 3.6e6).toBeGreaterThan(room);
    expect(verdict.sentence).toMatch(/The limit is reached in .+ to .+\./);
  });

  test("under a minute says nothing but how long to run", () => {
    const verdict = judgeLeak(series(50, 1000, (s) => s * mb));
    expect(verdict).toMatchObject({ verdict: "inconclusive", growthPerHour: null, runAtLeastMs: 600_000 });
  });

  test("a day is judged on at most 121 floors", () => {
    const verdict = judgeLeak(series(17_280, 5000, (s) => 200 * mb + (s % 300) * 1e5 + (s / 3600) * 5 * mb));
    expect(verdict.verdict).toBe("leaking");
    expect(verdict.floor.length).toBeLessThanOrEqual(121);
  });
});

describe("against a baseline", () => {
  const runs = (leakMb: number, tau: number, from: number) =>
    Array.from({ length: 5 }, (_, i) => memory(leakMb, tau, from + i));
  const quiet = (tau: number, from: number) => Array.from({ length: 5 }, (_, i) => memory(0, tau, from + i, "low"));

  test("20 MB/h more than the baseline is found under any warm-up", () => {
    for (const tau of [200, 1200]) {
      const verdict = judgeLeak(runs(20, tau, 10), { baseline: runs(0, tau, 50) });
      expect(verdict).toMatchObject({ verdict: "leaking", against: "baseline", baselineRuns: 5 });
    }
  });

  test("a baseline with the same warm-up clears a slow warm-up", () => {
    expect(judgeLeak(runs(0, 1200, 10), { baseline: runs(0, 1200, 50) }).verdict).toBe("stable");
  });

  test("a warm-up that only the new version has is not called a leak", () => {
    const words = [10, 20, 30, 40].map(
      (from) => judgeLeak(quiet(600, from), { baseline: quiet(0, from + 200) }).verdict,
    );
    expect(words).toEqual(words.map(() => "still-warming-up"));
  });

  test("one run against one is judged by the scatter of their difference", () => {
    const verdict = judgeLeak(memory(20, 1200, 3, "low"), { baseline: [memory(0, 1200, 4, "low")] });
    expect(verdict.verdict).toBe("leaking");
  });
});

test("the same samples and seed give the same verdict to the byte", () => {
  const once = JSON.stringify(judgeLeak(memory(5, 200, 9), { seed: 42 }));
  expect(JSON.stringify(judgeLeak(memory(5, 200, 9), { seed: 42 }))).toBe(once);
});

test("whatever is sampled, the verdict fits its schema and stable never hides a proven growth", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 90_000 }), fc.double()), { maxLength: 200 }),
      fc.constantFrom("rssBytes" as const, "fds" as const),
      (steps, figure) => {
        let at = 0;
        const timesMs = steps.map(([step]) => (at += step));
        const verdict = judgeLeak({ timesMs, values: steps.map(([, value]) => value) }, { figure });
        expect(leakVerdictSchema.safeParse(verdict).success).toBe(true);
        if (verdict.verdict === "leaking") expect(verdict.growthPerHour!.low).toBeGreaterThan(0);
      },
    ),
    { numRuns: 200 },
  );
});

test("unequal lengths are a mistake of the caller's", () => {
  expect(() => judgeLeak({ timesMs: [1, 2], values: [1] })).toThrow(Problem);
  expect(() => judgeLeak([])).toThrow(/No run/);
});
