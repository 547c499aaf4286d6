import { describe, expect, test } from "vitest";
import { compareRuns } from "../../src/compare/compare-runs.js";
import type { PlainRun } from "../../src/model/plain-run.js";
import { Histogram } from "../../src/stats/histogram.js";
import { seededRandom } from "../../src/stats/random.js";

const random = seededRandom(3);
const sheet = Array.from({ length: 12_000 }, () => 8 * Math.exp(0.35 * random.normal()));
const levels = [0.99, 1.01, 1, 0.995, 1.005];
const values = (scale: number) => sheet.map((value) => value * scale);
const quantileOf = (scale: number, q: number) => {
  const sorted = values(scale).sort((a, b) => a - b);
  return sorted[Math.round(q * (sorted.length - 1))]!;
};

const shapes: Record<string, (scale: number) => PlainRun["series"][string]> = {
  "raw values": values,
  "a typed array": (scale) => Float64Array.from(values(scale)) as unknown as readonly number[],
  histograms: (scale) => {
    const histogram = new Histogram();
    for (const value of values(scale)) histogram.record(1000 * value);
    return histogram.toData();
  },
  "a living histogram": (scale) => {
    const histogram = new Histogram();
    for (const value of values(scale)) histogram.record(1000 * value);
    return histogram;
  },
  "log quantiles": (scale) => ({
    logQuantiles: Object.fromEntries([0.5, 0.95, 0.99].map((q) => [String(q), Math.log(quantileOf(scale, q))])),
    count: sheet.length,
  }),
};
const runs = (shape: string, change: number): PlainRun[] =>
  levels.map((level) => ({ series: { http_req_response_time: shapes[shape]!(level * change) } }));

test.each(Object.keys(shapes))("%s give the verdict and the size", (shape) => {
  const slower = compareRuns({ baseline: runs(shape, 1), candidate: runs(shape, 1.2) });
  expect(slower.verdict, slower.reason).toBe("regressed");
  const row = slower.rows.find(({ statistic }) => statistic === "p(95)")!;
  expect(row.change).toBeCloseTo(0.2, 2);
  expect(row.unit).toBe("ms");
  expect(row.baseline).toBeCloseTo(quantileOf(1, 0.95), 1);
  const same = compareRuns({ baseline: runs(shape, 1), candidate: runs(shape, 1) });
  expect(same.rows.filter(({ gating }) => gating).map(({ verdict }) => verdict)).not.toContain("regressed");
});

test("raw values far below a thousandth of a unit are as good as any others", () => {
  const tiny = (change: number) => levels.map((level) => ({ series: { seconds: values(1e-6 * level * change) } }));
  expect(compareRuns({ baseline: tiny(1), candidate: tiny(1.2) }).verdict).toBe("regressed");
  expect(compareRuns({ baseline: tiny(1), candidate: tiny(1) }).verdict).toBe("pass");
});

test("without a series that is known, all of them gate", () => {
  const of = (change: number): PlainRun[] =>
    levels.map((level) => ({ series: { a: values(level), b: values(level * change) }, throughput: 100 }));
  const { rows } = compareRuns({ baseline: of(1), candidate: of(1.2) });
  const gating = rows.filter((row) => row.gating).map(({ series, statistic }) => `${series} ${statistic}`);
  expect(gating.sort()).toEqual(["a p(50)", "a p(95)", "a p(99)", "b p(50)", "b p(95)", "b p(99)", "throughput rate"]);
});

test("a quantile that nobody kept is missing, not guessed", () => {
  const of = (): PlainRun[] => levels.map(() => ({ series: { a: { logQuantiles: { "0.5": 1 } } } }));
  const { rows } = compareRuns({ baseline: of(), candidate: of(), options: { gate: ["a p(95)"] } });
  expect(rows[0]).toMatchObject({ verdict: "inconclusive", reason: "Neither side has it.", change: null });
});

describe("the spread", () => {
  // The upper half is stretched: the median stays where it is.
  const stretched = (factor: number): PlainRun[] =>
    levels.map((level) => ({
      series: { http_req_response_time: values(level).map((value) => (value > 8 ? 8 + factor * (value - 8) : value)) },
    }));

  test("that changed while the median holds is told, with sizes", () => {
    const { warnings, rows } = compareRuns({ baseline: stretched(1), candidate: stretched(1.3) });
    expect(warnings[0]).toMatch(
      /^http_req_response_time: the spread changed, while the median holds .*p\(95\)\/p\(50\) \+/,
    );
    expect(rows.find(({ statistic }) => statistic === "p(95)/p(50)")).toMatchObject({
      verdict: "regressed",
      gating: false,
    });
  });

  test("of slower runs of the same shape is no news", () => {
    const { warnings } = compareRuns({ baseline: runs("raw values", 1), candidate: runs("raw values", 1.3) });
    expect(warnings.join()).not.toContain("spread");
  });
});

test.each<[string, unknown, string]>([
  ["NaN", { series: { a: [1, Number.NaN] } }, 'candidate[0].series["a"][1]'],
  ["a negative value", { series: { a: [-1] } }, 'candidate[0].series["a"][0]'],
  ["text", { series: { a: "12" } }, 'candidate[0].series["a"]'],
  ["null", { series: { a: null } }, 'candidate[0].series["a"]'],
  ["no series", {}, "candidate[0]"],
  ["nothing", null, "candidate[0]"],
  ["a quantile of 95", { series: { a: { logQuantiles: { 95: 1 } } } }, 'candidate[0].series["a"].logQuantiles'],
  ["an endless log", { series: { a: { logQuantiles: { 0.5: -Infinity } } } }, '["a"].logQuantiles["0.5"]'],
  ["more failures than requests", { series: {}, rates: { checks: [3, 2] } }, 'candidate[0].rates["checks"]'],
  [
    "counts that do not add up",
    { series: { a: { from: 1, counts: [1, 2], count: 4, sum: 4, min: 1, max: 2 } } },
    'candidate[0].series["a"].count',
  ],
])("%s is refused with its place", (_, run, at) => {
  const attempt = () => compareRuns({ baseline: runs("raw values", 1), candidate: [run as PlainRun] });
  expect(attempt).toThrow(
    expect.objectContaining({ code: "compare.run-invalid", at: expect.stringContaining(at) as unknown as string }),
  );
});

test("plain runs stand against a whole side as runs of its machine", () => {
  const whole = {
    scriptSha256: "s",
    optionsDigest: "o",
    environment: {
      os: "L",
      kernel: "6",
      arch: "x",
      cpuModel: "c",
      cores: 2,
      memoryBytes: 1,
      node: "20",
      loadline: "1",
    },
    labels: {},
    runs: compareInput(),
  };
  const { differences, verdict } = compareRuns({ baseline: whole, candidate: runs("raw values", 1) });
  expect(differences).toEqual([]);
  expect(verdict).not.toBe("regressed");
});

function compareInput() {
  return levels.map((level, i) => ({
    id: `whole-${i}`,
    startedAt: "",
    validity: { state: "valid" as const, reasons: [] },
    rates: {},
    totals: { http_req_response_time: shapes.histograms!(level) as Histogram },
  }));
}
