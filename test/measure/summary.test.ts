import { describe, expect, test } from "vitest";
import { makeSummary, type SummaryInput, toHandleSummaryData, toSummaryExport } from "../../src/measure/summary.js";
import { summarySchema } from "../../src/model/run.js";
import type { Series, SeriesValue } from "../../src/model/window.js";
import { Histogram } from "../../src/stats/histogram.js";
import { fakeOptions } from "../k6/fake-vu.js";

function series(metric: string, value: SeriesValue, tags: Record<string, string> = {}, time = false) {
  const definition: Series = {
    id: 0,
    metric,
    type: value.kind,
    contains: time ? "time" : "default",
    tags,
    windowsPerLine: 1,
  };
  return { series: definition, value };
}

function trend(...ms: number[]): SeriesValue {
  const histogram = new Histogram();
  for (const value of ms) histogram.record(value * 1000);
  return { kind: "trend", histogram };
}

const input: SummaryInput = {
  series: [
    series("http_reqs", { kind: "counter", sum: 300 }),
    series("vus", { kind: "gauge", value: 3, min: 1, max: 5 }),
    series("checks", { kind: "rate", passes: 9, total: 10 }),
    series("http_req_duration", trend(1, 2, 3, 4), {}, true),
    series("http_req_duration", trend(1, 2), { expected_response: "true" }, true),
    series("http_req_duration", trend(1), { name: "/a", status: "200" }, true),
    series("http_req_duration", trend(1), { name: "/b" }, true),
  ],
  checks: [
    { name: "is up", groupPath: "", passes: 5, fails: 0 },
    { name: "ok", groupPath: "::shop::cart", passes: 3, fails: 1 },
    { name: "fast", groupPath: "::shop", passes: 1, fails: 0 },
  ],
  groups: ["::setup", "::shop", "::shop::search"],
  defined: [{ name: "orders", type: "counter", contains: "default" }],
  durationMs: 10_000,
  trendStats: ["avg", "min", "med", "max", "p(90)", "p(99.9)", "count"],
  thresholds: [
    { metric: "checks", expression: "rate>0.95", ok: false, observed: 0.9, limit: 0.95, abortOnFail: false },
    { metric: "checks", expression: "rate>0.5", ok: true, observed: 0.9, limit: 0.5, abortOnFail: false },
    {
      metric: "http_req_duration{ status:200, name:'/a' }",
      expression: "max<2",
      ok: true,
      observed: 1,
      limit: 2,
      abortOnFail: false,
    },
    { metric: "http_req_failed", expression: "rate<0.1", ok: true, observed: null, limit: 0.1, abortOnFail: false },
    { metric: "orders{kind:new}", expression: "count<5", ok: true, observed: null, limit: 5, abortOnFail: false },
  ],
};

describe("the summary", () => {
  const summary = makeSummary(input);

  test("has each kind of metric in k6's form, times in milliseconds", () => {
    expect(summary.metrics.http_reqs?.values).toEqual({ count: 300, rate: 30 });
    expect(summary.metrics.vus?.values).toEqual({ value: 3, min: 1, max: 5 });
    expect(summary.metrics.checks).toEqual({
      type: "rate",
      contains: "default",
      values: { rate: 0.9, passes: 9, fails: 1 },
      thresholds: { "rate>0.95": { ok: false }, "rate>0.5": { ok: true } },
    });
    const { values } = summary.metrics.http_req_duration!;
    expect(Object.keys(values)).toEqual(input.trendStats);
    const expected = { avg: 2.5, min: 1, med: 2.5, max: 4, "p(90)": 3.7, "p(99.9)": 3.997, count: 4 };
    for (const [stat, value] of Object.entries(expected)) {
      // Within the histogram's three digits.
      expect(Math.abs(values[stat]! - value), stat).toBeLessThanOrEqual(value * 0.001);
    }
  });

  test("shows the expected responses and what thresholds name, and no other submetric", () => {
    expect(Object.keys(summary.metrics)).toEqual([
      "checks",
      "http_req_duration",
      "http_req_duration{ status:200, name:'/a' }",
      "http_req_duration{expected_response:true}",
      "http_req_failed",
      "http_reqs",
      "orders{kind:new}",
      "vus",
    ]);
    expect(summary.metrics["orders{kind:new}"]).toMatchObject({ type: "counter", values: { count: 0, rate: 0 } });
    expect(summary.metrics.http_req_failed?.values).toEqual({ rate: 0, passes: 0, fails: 0 });
  });

  test.each([
    ["value<5", "gauge"],
    ["count<5", "counter"],
    ["rate<5", "rate"],
    ["p(95)<5", "trend"],
  ])("a metric without values that nobody defined, judged by %s, is a %s", (expression, type) => {
    const judged = { ok: true, observed: null, limit: 5, abortOnFail: false };
    const thresholds = [
      { ...judged, metric: "mine{a:b}", expression },
      { ...judged, metric: "mine", expression },
    ];
    const { metrics } = makeSummary({ ...input, defined: undefined, thresholds });
    expect([metrics.mine?.type, metrics["mine{a:b}"]?.type]).toEqual([type, type]);
  });

  test("has the groups as a tree with k6's ids, those without checks too, in the order in which they were entered", () => {
    expect(summary.root_group.id).toBe("d41d8cd98f00b204e9800998ecf8427e");
    expect(summary.root_group).toMatchObject({
      path: "",
      checks: [{ name: "is up", path: "::is up", passes: 5, fails: 0 }],
      groups: [
        { name: "setup", path: "::setup", groups: [], checks: [] },
        {
          name: "shop",
          path: "::shop",
          checks: [{ name: "fast" }],
          groups: [
            { name: "search", path: "::shop::search", groups: [], checks: [] },
            { name: "cart", path: "::shop::cart", checks: [{ path: "::shop::cart::ok", passes: 3, fails: 1 }] },
          ],
        },
      ],
    });
  });

  test("may be stored, and is finite even for a run of no length", () => {
    expect(summarySchema.parse(summary)).toEqual(summary);
    const empty = makeSummary({ ...input, durationMs: 0, checks: [], thresholds: [] });
    expect(empty.metrics.http_reqs?.values).toEqual({ count: 300, rate: 0 });
  });

  test("exports values inline, and a threshold as true when it FAILED", () => {
    const exported = toSummaryExport(summary);
    expect(exported.metrics.checks).toEqual({
      value: 0.9,
      passes: 9,
      fails: 1,
      thresholds: { "rate>0.95": true, "rate>0.5": false },
    });
    expect(exported.metrics.http_reqs).toEqual({ count: 300, rate: 30 });
    expect(exported.root_group.groups.shop?.groups.cart?.checks.ok).toMatchObject({ passes: 3, fails: 1 });
  });

  test("is given to handleSummary as a copy that the script may change", () => {
    const data = toHandleSummaryData(summary, fakeOptions, {
      setupData: { token: 1 },
      noColor: true,
    }) as unknown as typeof summary & {
      setup_data: unknown;
      options: unknown;
    };
    expect(data.setup_data).toEqual({ token: 1 });
    expect(data.options).toEqual({
      summaryTrendStats: fakeOptions.summaryTrendStats,
      summaryTimeUnit: "",
      noColor: true,
    });
    data.metrics.vus!.values.max = 99;
    expect(summary.metrics.vus?.values.max).toBe(5);
  });
});
