import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkThresholds,
  evaluateThresholds,
  parseThresholds,
  shouldAbort,
  submetricsOf,
  unmeasuredWarnings,
} from "../../src/compare/thresholds.js";
import type { MetricType } from "../../src/model/metric.js";
import { Problem } from "../../src/model/problem.js";
import type { SeriesValue } from "../../src/model/window.js";
import { Histogram } from "../../src/stats/histogram.js";

const option = (threshold: string, abortOnFail = false, delayAbortEvalMs = 0) => ({
  threshold,
  abortOnFail,
  delayAbortEvalMs,
});
const parse = (metric: string, ...expressions: string[]) =>
  parseThresholds({ [metric]: expressions.map((text) => option(text)) });

function fault(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    expect(error.exitCode).toBe(104);
    return [error.code, error.message, error.at, String(error.found), error.expected, error.hint].join("\n");
  }
  throw new Error("no problem was found");
}

const trendOf = (...ms: number[]): SeriesValue => {
  const histogram = new Histogram();
  for (const value of ms) histogram.record(value * 1000);
  return { kind: "trend", histogram };
};
const world =
  (values: Record<string, SeriesValue>) =>
  (name: string): { series: { type: MetricType; contains: "default" }; value: SeriesValue } | undefined => {
    const value = values[name];
    return value === undefined ? undefined : { series: { type: value.kind, contains: "default" }, value };
  };

describe("grammar", () => {
  test.each([
    ["p(95)<200", { method: "p", quantile: 0.95, operator: "<", limit: 200 }],
    [" p( 99.5 ) <= 1.5e3 ", { method: "p", quantile: 0.995, operator: "<=", limit: 1500 }],
    ["med>=.5", { method: "med", quantile: undefined, operator: ">=", limit: 0.5 }],
    ["max != -1", { method: "max", quantile: undefined, operator: "!=", limit: -1 }],
    ["avg===0", { method: "avg", quantile: undefined, operator: "===", limit: 0 }],
  ])("%s reads", (text, expected) => {
    expect(parse("http_req_duration", text)[0]?.condition).toEqual(expected);
  });

  test.each([
    "",
    "p95<200",
    "p(101)<1",
    "p(95) 200",
    "p(95)<<200",
    "p(95)<200ms",
    "p(95)<",
    "avrg<1",
    "<5",
    "avg<1 && max<2",
  ])("%j is shown with a caret under the mistake", (text) => {
    expect(fault(() => parse("http_req_duration", text))).toMatchSnapshot();
  });

  test.each([
    ["http_req_duration", {}],
    ["http_req_duration{}", {}],
    ["http_req_duration{status:200}", { status: "200" }],
    ["http_req_duration{ name:'/a,b' , group:::outer::inner }", { name: "/a,b", group: "::outer::inner" }],
    ['http_req_duration{url:"http://h:1/x"}', { url: "http://h:1/x" }],
  ])("the key %s names its tags", (key, tags) => {
    expect(parse(key, "avg<1")[0]?.series).toEqual({ metric: "http_req_duration", tags });
  });

  test.each(["http req", "", "http_req_duration{status:200", "http_req_duration{status}", "{a:b}"])(
    "the key %j is refused",
    (key) => {
      expect(fault(() => parse(key, "avg<1"))).toMatchSnapshot();
    },
  );
});

describe("metrics", () => {
  test("a built-in metric is refused what its type has not", () => {
    expect(fault(() => parse("http_req_duration", "rate<1"))).toMatchSnapshot();
    expect(fault(() => parse("checks", "p(95)<1"))).toMatchSnapshot();
  });

  test("a custom metric is known once the init phase has made it", () => {
    const parsed = parse("login_time", "p(95)<200");
    expect(() => checkThresholds(parsed, [{ name: "login_time", type: "trend" }])).not.toThrow();
    expect(fault(() => checkThresholds(parsed, [{ name: "login_times", type: "trend" }]))).toMatchSnapshot();
    expect(fault(() => checkThresholds(parsed, [{ name: "login_time", type: "counter" }]))).toMatchSnapshot();
  });

  test("submetrics are asked of the recorder once each", () => {
    const parsed = [
      ...parse("http_req_duration{a:1,b:2}", "avg<1", "max<2"),
      ...parse("http_req_duration{b:2,a:1}", "min<1"),
      ...parse("checks", "rate>0"),
    ];
    expect(submetricsOf(parsed)).toEqual([{ metric: "http_req_duration", tags: { b: "2", a: "1" } }]);
  });
});

describe("evaluation", () => {
  test.each<[string, string, SeriesValue, number, boolean]>([
    ["http_reqs", "count==300", { kind: "counter", sum: 300 }, 300, true],
    ["http_reqs", "rate>29", { kind: "counter", sum: 300 }, 30, true],
    ["vus", "value<3", { kind: "gauge", value: 3, min: 1, max: 9 }, 3, false],
    ["checks", "rate>0.9", { kind: "rate", passes: 9, total: 10 }, 0.9, false],
    ["http_req_duration", "avg<=2", trendOf(1, 3), 2, true],
    ["http_req_duration", "min<1", trendOf(1, 3), 1, false],
    ["http_req_duration", "max<=3", trendOf(1, 3), 3, true],
    ["http_req_duration", "med<2", trendOf(1, 3), 2, false],
  ])("%s %s", (metric, expression, value, observed, ok) => {
    const [result] = evaluateThresholds(parse(metric, expression), world({ [metric]: value }), 10_000);
    expect(result).toMatchObject({ metric, expression, observed, ok });
  });

  test("a percentile agrees with the exact one to the histogram's 0.1 %", () => {
    const times = fc.array(fc.integer({ min: 1, max: 60_000_000 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(times, fc.integer({ min: 0, max: 1000 }), (us, tenths) => {
        const percent = tenths / 10;
        const sorted = us.toSorted((a, b) => a - b);
        const rank = (percent / 100) * (sorted.length - 1);
        const low = sorted[Math.floor(rank)]!;
        const high = sorted[Math.ceil(rank)]!;
        const exactMs = (low + (rank - Math.floor(rank)) * (high - low)) / 1000;
        const [result] = evaluateThresholds(
          parse("http_req_duration", `p(${percent})<1`),
          world({ http_req_duration: trendOf(...us.map((value) => value / 1000)) }),
          1000,
        );
        expect(Math.abs(result!.observed! - exactMs)).toBeLessThanOrEqual((high / 1000) * 0.001 + 1e-9);
      }),
    );
  });

  test.each<[string, string, boolean]>([
    ["http_req_failed", "rate>0.9", true],
    ["checks{check:nope}", "rate>0.9", true],
    ["http_reqs", "rate>900", false],
    ["http_reqs", "count>0", false],
    ["http_req_duration", "p(95)<200", true],
    ["http_req_duration", "p(95)>1", false],
    ["own_metric", "rate>0.5", false],
  ])("nothing measured for %s %s: ok is %s, and a warning says so", (metric, expression, ok) => {
    const results = evaluateThresholds(parse(metric, expression), world({}), 1000);
    expect(results[0]).toMatchObject({ observed: null, ok });
    expect(unmeasuredWarnings(results)).toEqual([
      `The threshold ${metric} ${expression} ${ok ? "passed" : "failed"} although nothing was measured.`,
    ]);
  });

  test("a metric that turns out to lack the aggregation fails", () => {
    const results = evaluateThresholds(parse("own", "rate<5"), world({ own: trendOf(1) }), 1000);
    expect(results[0]).toMatchObject({ ok: false, observed: null });
  });

  test("only a failed threshold with abortOnFail ends the run, and not before its delay or its first sample", () => {
    const parsed = parseThresholds({
      checks: [option("rate>0.9", true, 5000), option("rate>0.95")],
      http_req_duration: [option("p(95)>1", true)],
    });
    const results = evaluateThresholds(parsed, world({ checks: { kind: "rate", passes: 1, total: 2 } }), 4000);
    expect(results.map(({ ok }) => ok)).toEqual([false, false, false]);
    expect(shouldAbort(parsed, results, 4000)).toEqual([]);
    expect(shouldAbort(parsed, results, 5000)).toEqual([results[0]]);
  });
});
