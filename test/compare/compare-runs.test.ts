import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareRuns } from "../../src/compare/compare-runs.js";
import { type ComparedRun, type Comparison, comparisonSchema } from "../../src/model/comparison.js";
import { emptyHistogram, Histogram } from "../../src/stats/histogram.js";
import { seededRandom } from "../../src/stats/random.js";
import { loadAt, machine, noisySide, runOf, sideOf } from "./world.js";

const three = (name: string, scales: readonly number[], changes: Partial<ComparedRun> = {}) =>
  sideOf(scales.map((scale, i) => runOf(`${name}${i}`, scale, changes)));
const usual = () => three("b", [1, 1.015, 0.985]);
const compare = (
  baseline: Parameters<typeof compareRuns>[0]["baseline"],
  candidate: Parameters<typeof compareRuns>[0]["candidate"],
  options = {},
) => sound(compareRuns({ scenario: "api", baseline, candidate, options }));
const row = (comparison: Comparison, name: string) =>
  comparison.rows.find((one) => `${one.series} ${one.statistic}` === name)!;

/** Every comparison must be valid by its own schema and survive JSON: no NaN, no Infinity. */
function sound(comparison: Comparison): Comparison {
  expect(comparisonSchema.parse(JSON.parse(JSON.stringify(comparison)))).toEqual(comparison);
  for (const one of comparison.rows) expect(one.reason).toMatch(/^[A-Z][^\n]{8,}\.$/);
  expect(comparison.reason).not.toMatch(/NaN|Infinity|undefined|null/);
  return comparison;
}

describe("three runs against three", () => {
  test("a third more latency is regressed, and the sentence says which and by how much", () => {
    const comparison = compare(usual(), three("c", [1.3, 1.31, 1.28]));
    expect(comparison.verdict).toBe("regressed");
    expect(comparison.reason).toMatch(/^http_req_response_time p\(\d+\) is worse than the baseline by (29|30)/);
    const p95 = row(comparison, "http_req_response_time p(95)");
    expect(p95).toMatchObject({ gating: true, unit: "ms", better: "lower", verdict: "regressed", moreRuns: null });
    expect(p95.change).toBeCloseTo(0.297, 2);
    expect(p95.interval!.low).toBeGreaterThan(0.2);
    expect(comparison.rows.slice(0, 3).every((one) => one.verdict === "regressed")).toBe(true);
  });

  test("unchanged runs are called regressed in at most 1 % of 300 worlds with 1 to 2 % between runs", () => {
    const random = seededRandom(3);
    let regressed = 0;
    for (let world = 0; world < 300; world += 1) {
      const sd = 0.01 + 0.01 * random.uniform();
      const verdict = compareRuns({
        scenario: "api",
        baseline: noisySide("b", 3, sd, 0, random.normal),
        candidate: noisySide("c", 3, sd, 0, random.normal),
      }).verdict;
      if (verdict === "regressed") regressed += 1;
    }
    expect(regressed).toBeLessThanOrEqual(3);
  });

  test("steady unchanged runs pass, and faster ones have improved", () => {
    expect(compare(usual(), three("c", [1.001, 0.99, 1.01])).verdict).toBe("pass");
    const faster = compare(usual(), three("c", [0.8, 0.81, 0.79]));
    expect(faster.verdict).toBe("improved");
    expect(row(faster, "http_req_response_time p(50)").reason).toMatch(/^Better by at least/);
    expect(row(faster, "throughput rate").verdict).toBe("pass");
  });

  test("wide runs are inconclusive and say how many would settle it", () => {
    const comparison = compare(three("b", [1, 1.1, 0.9]), three("c", [1.02, 1.08, 0.92]));
    const p95 = row(comparison, "http_req_response_time p(95)");
    expect(comparison.verdict).toBe("inconclusive");
    expect(p95.moreRuns).toBeGreaterThan(20);
    expect(p95.reason).toContain(`about ${p95.moreRuns} runs a side would settle it`);
    expect(comparison.reason).toMatch(/cannot be told from the margin; about \d+ runs a side would settle it\.$/);
  });

  test("a change at the margin is undecidable there", () => {
    const comparison = compare(usual(), three("c", [1.05, 1.07, 1.03]));
    const p95 = row(comparison, "http_req_response_time p(95)");
    expect(p95).toMatchObject({ verdict: "inconclusive", moreRuns: null });
    expect(p95.reason).toContain("undecidable at this margin");
  });

  test("fewer requests than planned are a regression of throughput, more are none", () => {
    const slow = three("c", [1, 1.01, 0.99], { load: loadAt(800) });
    const throughput = row(compare(usual(), slow), "throughput rate");
    expect(throughput).toMatchObject({ verdict: "regressed", better: "higher", baseline: expect.closeTo(1000) });
    expect(throughput.change).toBeCloseTo(-0.2);
    expect(throughput.interval!.high).toBeLessThan(0);
    const fast = three("c", [1, 1.01, 0.99], { load: loadAt(1200) });
    expect(row(compare(usual(), fast), "throughput rate").verdict).toBe("improved");
  });

  test("new errors are a regression beyond 0.1 percentage points, and none below", () => {
    const failing = (count: number) => three("c", [1, 1.01, 0.99], { rates: { http_req_failed: [count, 60_000] } });
    const many = row(compare(usual(), failing(300)), "http_req_failed rate");
    expect(many).toMatchObject({ verdict: "regressed", unit: "ratio", margin: 0.001, candidate: 0.005 });
    expect(row(compare(usual(), failing(6)), "http_req_failed rate").verdict).toBe("pass");
  });

  test("failed checks are a regression although more is better there", () => {
    const checks = (passes: number) => ({ rates: { http_req_failed: [0, 60_000], checks: [passes, 60_000] } }) as const;
    const comparison = compare(
      three("b", [1, 1.01, 0.99], checks(60_000)),
      three("c", [1, 1.01, 0.99], checks(54_000)),
    );
    expect(row(comparison, "checks rate")).toMatchObject({
      verdict: "regressed",
      gating: false,
      baseline: 1,
      candidate: 0.9,
      change: expect.closeTo(-0.1),
    });
    expect(comparison.verdict).toBe("pass");
  });
});

describe("one run", () => {
  test("against one never passes, whatever it shows", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.2, max: 5, noNaN: true }), (scale) => {
        const { verdict } = compareRuns({
          scenario: "api",
          baseline: sideOf([runOf("b", 1)]),
          candidate: sideOf([runOf("c", scale)]),
        });
        expect(verdict).not.toBe("pass");
        if (scale > 0.7 && scale < 1.4) expect(verdict).toBe("inconclusive");
      }),
      { numRuns: 30 },
    );
  });

  test("against one is regressed where latency tripled, and says what one run can show", () => {
    const tripled = compare(sideOf([runOf("b", 1)]), sideOf([runOf("c", 3)]));
    expect(tripled.verdict).toBe("regressed");
    expect(row(tripled, "http_req_response_time p(95)").reason).toContain("99.9 % confidence");
    const same = compare(sideOf([runOf("b", 1)]), sideOf([runOf("c", 1)]));
    expect(row(same, "http_req_response_time p(95)")).toMatchObject({ verdict: "inconclusive", moreRuns: 3 });
    expect(same.reason).toContain("with a single run on a side");
  });

  test("against five steady ones can pass and can be regressed", () => {
    const five = three("b", [1, 1.01, 0.99, 1.005, 0.995]);
    expect(compare(five, sideOf([runOf("c", 1)])).verdict).toBe("pass");
    expect(compare(five, sideOf([runOf("c", 1.3)])).verdict).toBe("regressed");
  });

  test("against itself says nothing", () => {
    const run = runOf("same", 1);
    const comparison = compare(sideOf([run]), sideOf([run]));
    expect(comparison.verdict).toBe("inconclusive");
    expect(comparison.reason).toBe("Run same is part of the baseline, and cannot be held against itself.");
  });

  test("given twice counts once", () => {
    const run = runOf("c", 1);
    const comparison = compare(usual(), sideOf([run, run, run]));
    expect(comparison.warnings).toContain("Run c was given twice; it counts once.");
    expect(comparison.reason).toContain("with a single run on a side");
  });
});

describe("unlike and unusable sides", () => {
  const candidate = () => three("c", [3, 3.01, 2.99]);

  test("another processor forbids any verdict, another kernel only warns", () => {
    const elsewhere = compare(usual(), { ...candidate(), environment: { ...machine, cpuModel: "Other CPU" } });
    expect(elsewhere.verdict).toBe("inconclusive");
    expect(elsewhere.reason).toContain("cpuModel differs (Test CPU / Other CPU)");
    expect(elsewhere.rows.every((one) => one.verdict === "inconclusive")).toBe(true);
    expect(row(elsewhere, "http_req_response_time p(95)").change).toBeCloseTo(2, 1);
    const patched = compare(usual(), { ...candidate(), environment: { ...machine, kernel: "6.2.0" } });
    expect(patched.verdict).toBe("regressed");
    expect(patched.warnings).toEqual(["Unlike the baseline, kernel differs (6.1.0 / 6.2.0)."]);
  });

  test("another load forbids any verdict, a changed script only warns", () => {
    const otherLoad = compare(usual(), { ...candidate(), optionsDigest: "c".repeat(64) });
    expect(otherLoad.verdict).toBe("inconclusive");
    expect(otherLoad.differences).toMatchObject([{ field: "options", must: true }]);
    const otherScript = compare(usual(), { ...candidate(), scriptSha256: "c".repeat(64) });
    expect(otherScript.verdict).toBe("regressed");
    expect(otherScript.warnings).toEqual(["Unlike the baseline, the script has changed."]);
  });

  test("without a baseline everything is inconclusive, and the candidate's figures are shown", () => {
    const comparison = compare(null, candidate());
    expect(comparison).toMatchObject({ verdict: "inconclusive", baseline: null });
    expect(comparison.reason).toBe("There is no baseline to compare with.");
    expect(row(comparison, "http_req_response_time p(95)")).toMatchObject({ baseline: null, change: null });
    expect(row(comparison, "http_req_response_time p(95)").candidate).toBeGreaterThan(10);
  });

  const invalid: Partial<ComparedRun> = {
    validity: { state: "invalid", reasons: [{ code: "x", text: "It starved." }] },
  };

  test("an invalid candidate is inconclusive and never pass", () => {
    const comparison = compare(usual(), three("c", [1, 1.01, 0.99], invalid));
    expect(comparison.verdict).toBe("inconclusive");
    expect(comparison.reason).toBe("The candidate cannot be judged: the run is invalid. It starved.");
  });

  test("an invalid run among valid ones takes the pass away, but not a regression of the others", () => {
    const withInvalid = (scale: number) =>
      sideOf([...three("c", [scale, scale * 1.01, scale * 0.99]).runs, runOf("bad", scale, invalid)]);
    const unchanged = compare(usual(), withInvalid(1));
    expect(unchanged.verdict).toBe("inconclusive");
    expect(unchanged.reason).toBe("1 of 4 candidate runs cannot be judged: the run is invalid. It starved.");
    expect(compare(usual(), withInvalid(1.5)).verdict).toBe("regressed");
    expect(unchanged.warnings[0]).toBe("Run bad was left out: the run is invalid. It starved.");
  });

  test("a run that was cut off is as little a pass", () => {
    const cut: Partial<ComparedRun> = { validity: { state: "unknown", reasons: [] } };
    expect(compare(usual(), three("c", [1, 1, 1], cut)).reason).toContain("interrupted or has not ended");
  });

  test("no run at all is no crash", () => {
    expect(compare(usual(), sideOf([])).reason).toBe("There is no run to compare.");
    expect(compare(sideOf([]), usual()).reason).toBe("The baseline cannot be used: it holds no run.");
  });
});

describe("ugly series", () => {
  const withLatency = (name: string, make: (i: number) => Histogram) =>
    sideOf([0, 1, 2].map((i) => runOf(`${name}${i}`, 1, { totals: { http_req_response_time: make(i).toData() } })));
  const constant = (value: number) => () => {
    const histogram = new Histogram();
    histogram.record(value, 60_000);
    return histogram;
  };

  test.each([
    ["zeros on both sides", 0, 0, "pass"],
    ["equal constants", 5000, 5000, "pass"],
    ["constants within the margin", 5000, 5100, "pass"],
    ["constants beyond the margin", 5000, 6000, "regressed"],
    ["constants far below", 5000, 3000, "improved"],
    ["zeros that become milliseconds", 0, 5000, "regressed"],
    ["milliseconds that become zeros", 5000, 0, "improved"],
    ["2 µs that become 3 µs, a grain of the clock", 2, 3, "inconclusive"],
  ])("%s", (_name, before, after, verdict) => {
    const comparison = compare(withLatency("b", constant(before)), withLatency("c", constant(after)));
    expect(row(comparison, "http_req_response_time p(95)").verdict).toBe(verdict);
  });

  test("a series that one side lacks is inconclusive, and gates", () => {
    const comparison = compare(usual(), three("c", [1, 1, 1], { totals: {} }));
    expect(comparison.verdict).toBe("inconclusive");
    expect(row(comparison, "http_req_response_time p(50)")).toMatchObject({
      gating: true,
      candidate: null,
      change: null,
      reason: "The candidate does not have it.",
    });
  });

  test("an empty histogram is a missing series", () => {
    const empty = three("c", [1, 1, 1], { totals: { http_req_response_time: emptyHistogram } });
    expect(compare(usual(), empty).verdict).toBe("inconclusive");
  });

  test("nothing on either side is inconclusive, not pass", () => {
    const nothing = (name: string) => three(name, [1, 1, 1], { totals: {}, rates: {}, load: undefined });
    expect(compare(nothing("b"), nothing("c")).verdict).toBe("inconclusive");
  });

  test("a quantile without a hundred samples beyond it does not gate by default", () => {
    const short = (name: string) =>
      withLatency(name, (i) => {
        const histogram = new Histogram();
        for (let k = 0; k < 5000; k += 1) histogram.record(5000 + k + i);
        return histogram;
      });
    const comparison = compare(short("b"), short("c"));
    expect(comparison.verdict).toBe("pass");
    expect(row(comparison, "http_req_response_time p(99)")).toMatchObject({
      gating: false,
      verdict: "inconclusive",
      reason: "Not gateable at this length: 50 samples lie beyond it, 100 are needed.",
    });
    expect(comparison.warnings.join()).toContain("http_req_response_time p(99) does not gate.");
    const named = compare(short("b"), short("c"), { gate: ["http_req_response_time p(99)"] });
    expect(named).toMatchObject({ verdict: "inconclusive" });
    expect(named.rows[0]).toMatchObject({ statistic: "p(99)", gating: true });
  });

  test("runs too short for any percentile never pass on throughput and errors alone", () => {
    const tiny = (name: string) => withLatency(name, () => Histogram.of({ ...constant(5000)().toData(), count: 50 }));
    const comparison = compare(tiny("b"), tiny("c"));
    expect(comparison.verdict).toBe("inconclusive");
    expect(comparison.reason).toContain("No latency percentile could be judged.");
  });

  test("any numbers in the files give a sound comparison", () => {
    const scale = fc.oneof(fc.double({ min: 1e-6, max: 1e4, noNaN: true }), fc.constant(0));
    const count = fc.integer({ min: 0, max: 60_000 });
    const run = fc.record({ scale, failed: count, rate: fc.double({ min: 0, max: 1e9, noNaN: true }) });
    const side = fc.array(run, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(side, side, (a, b) => {
        const make = (name: string, runs: typeof a) =>
          sideOf(
            runs.map(({ scale, failed, rate }, i) =>
              runOf(`${name}${i}`, scale, { rates: { http_req_failed: [failed, 60_000] }, load: loadAt(rate) }),
            ),
          );
        compare(make("b", a), make("c", b));
      }),
      { numRuns: 40 },
    );
  });
});

describe("options", () => {
  test("a wider margin turns a regression into a pass", () => {
    const candidate = three("c", [1.1, 1.11, 1.09]);
    expect(compare(usual(), candidate).verdict).toBe("regressed");
    expect(compare(usual(), candidate, { margin: 0.25 }).verdict).toBe("pass");
  });

  test("named series gate alone", () => {
    const slowTail = three("c", [1.5, 1.51, 1.49]);
    const comparison = compare(usual(), slowTail, { gate: ["throughput", "http_req_failed rate"] });
    expect(comparison.verdict).toBe("pass");
    expect(comparison.rows.filter((one) => one.gating)).toHaveLength(2);
    expect(row(comparison, "http_req_response_time p(95)")).toMatchObject({ gating: false, verdict: "regressed" });
  });

  test.each(["p95", "http_req_duration p(100)", "http_req_duration max", "my_rate rate", ""])(
    "a gate of %j is refused",
    (gate) => {
      expect(() => compare(usual(), usual(), { gate: [gate] })).toThrow(
        expect.objectContaining({ code: "compare.gate-invalid", found: gate }),
      );
    },
  );

  test.each([0, -1, Number.NaN, Infinity])("a margin of %d is refused", (margin) => {
    expect(() => compare(usual(), usual(), { margin })).toThrow(
      expect.objectContaining({ code: "compare.margin-invalid" }),
    );
  });

  test("forty endpoints without a change bring no false alarm among the informational rows", () => {
    const random = seededRandom(77);
    const endpoints = (name: string) =>
      sideOf(
        [0, 1, 2].map((i) => {
          const of = (k: number) =>
            [`http_req_response_time{name:/e${k}}`, runOf("", Math.exp(0.03 * random.normal()))] as const;
          const series = Array.from({ length: 40 }, (_, k) => of(k));
          const totals = series.map(([key, run]) => [key, run.totals.http_req_response_time!]);
          return runOf(`${name}${i}`, 1 + i / 100, {
            totals: { ...runOf("", 1).totals, ...Object.fromEntries(totals) },
          });
        }),
      );
    const comparison = compare(endpoints("b"), endpoints("c"));
    const tagged = comparison.rows.filter((one) => one.series.includes("{"));
    expect(tagged).toHaveLength(80);
    expect(tagged.filter((one) => one.verdict === "regressed")).toEqual([]);
  });

  test("a target that needs twice the memory shows, without gating", () => {
    const quantiles = (value: number) => ({ min: value, p50: value, p95: value, max: value, last: value });
    const using = (rss: number) => ({
      resources: [
        { source: "target", samples: 60, rssBytes: quantiles(rss), cpuCores: quantiles(0.5), events: [] },
        { source: "harness", samples: 60, rssBytes: quantiles(rss), events: [] },
      ],
    });
    const comparison = compare(three("b", [1, 1.01, 0.99], using(1e8)), three("c", [1, 1.01, 0.99], using(2e8)));
    expect(row(comparison, "rss{source:target} max")).toMatchObject({
      unit: "bytes",
      verdict: "regressed",
      gating: false,
    });
    expect(row(comparison, "cpu{source:target} p(50)")).toMatchObject({ unit: "cores", verdict: "pass" });
    expect(comparison.rows.some((one) => one.series.includes("harness"))).toBe(false);
  });
});

test("CPU for a thousand requests is a row of its own, and gates where it is named", () => {
  const costing = (seconds: number) => ({
    resources: [{ source: "api", samples: 60, cpuSecondsPerThousand: seconds, events: [] }],
  });
  const [before, now] = [three("b", [1, 1.01, 0.99], costing(0.8)), three("c", [1, 1.01, 0.99], costing(1))];
  const name = "cpu{source:api} per 1,000 requests";
  expect(row(compare(before, now), name)).toMatchObject({
    unit: "ms",
    baseline: 800,
    candidate: 1000,
    verdict: "regressed",
    gating: false,
  });
  expect(row(compare(before, now), "http_req_response_time p(95)").verdict).toBe("pass");
  const gated = compare(before, now, { gate: [name] });
  expect(gated.verdict).toBe("regressed");
  expect(row(gated, name).gating).toBe(true);
});

test("growth beyond the baseline's own is told, a shared warm-up is not", () => {
  const watched = (leakPerHour: number) => (seed: number) => ({
    floors: [
      {
        source: "api",
        figure: "rssBytes" as const,
        spanMs: 60_000,
        floor: Array.from({ length: 54 }, (_, minute): [number, number] => [
          360_000 + minute * 60_000,
          1.4e8 +
            2e7 * (1 - Math.exp(-minute / 20)) +
            (leakPerHour * minute) / 60 +
            4e5 * Math.sin(seed * 7 + minute * 2.4),
        ]),
      },
    ],
  });
  const side = (name: string, leakPerHour: number) =>
    sideOf([1, 2, 3].map((seed) => runOf(`${name}${seed}`, 1 + seed / 100, watched(leakPerHour)(seed))));
  const leaking = compare(side("b", 0), side("c", 2e7));
  expect(leaking.leaks).toHaveLength(1);
  expect(leaking.leaks![0]).toMatchObject({ verdict: "leaking", against: "baseline", runs: 3, baselineRuns: 3 });
  expect(leaking.leaks![0]!.growthPerHour!.low).toBeLessThanOrEqual(2e7);
  expect(leaking.leaks![0]!.growthPerHour!.high).toBeGreaterThanOrEqual(2e7);
  expect(leaking.warnings.some((text) => text.startsWith("api, memory (RSS): Grows"))).toBe(true);
  const sound = compare(side("b", 0), side("c", 0));
  expect(sound.leaks![0]!.verdict).toBe("stable");
  expect(sound.warnings).toEqual([]);
});

test("the same input gives byte-identical output", () => {
  const make = () => JSON.stringify(compare(usual(), three("c", [1.02, 1.06, 1])));
  expect(make()).toBe(make());
});
