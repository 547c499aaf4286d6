import { describe, expect, test } from "vitest";
import { compareRuns } from "../../src/compare/compare-runs.js";
import { decide } from "../../src/compare/decide.js";
import type { RunManifest, ThresholdResult } from "../../src/model/run.js";
import { loadAt, machine, runOf, sideOf } from "./world.js";

const p95: ThresholdResult = {
  metric: "http_req_duration",
  expression: "p(95)<200",
  ok: true,
  observed: 124.3,
  limit: 200,
  abortOnFail: false,
};
const failed: ThresholdResult = {
  metric: "http_req_failed",
  expression: "rate<0.01",
  ok: false,
  observed: 0.05,
  limit: 0.01,
  abortOnFail: false,
};

function manifest(changes: Partial<RunManifest> = {}): RunManifest {
  const metric = (type: "trend" | "rate" | "counter", contains: "time" | "data" | "default") => ({
    type,
    contains,
    values: {},
  });
  return {
    schema: "loadline.run/1",
    id: "20260118T142233Z-1a2b",
    scenario: "api",
    script: { path: "api.ts", sha256: "a".repeat(64), files: [] },
    command: [],
    options: {},
    optionsDigest: "b".repeat(64),
    environment: machine,
    labels: {},
    startedAt: "2026-01-18T14:22:33.000Z",
    status: "complete",
    validity: { state: "valid", reasons: [] },
    load: loadAt(1000),
    summary: {
      metrics: {
        http_req_duration: metric("trend", "time"),
        http_req_failed: metric("rate", "default"),
        http_reqs: metric("counter", "default"),
        data_received: metric("counter", "data"),
      },
      root_group: { name: "", path: "", id: "", groups: [], checks: [] },
      state: { testRunDurationMs: 60_000, isStdOutTTY: false, isStdErrTTY: false },
    },
    thresholds: [],
    resources: [],
    totals: {},
    warnings: [],
    ...changes,
  };
}

const scaled = (name: string, scale: number) => sideOf([0, 1, 2].map((i) => runOf(name + i, scale * (1 + i / 100))));
const against = (scale: number) =>
  compareRuns({ scenario: "api", baseline: scaled("b", 1), candidate: scaled("c", scale) });
const alone = compareRuns({ scenario: "api", baseline: scaled("b", 1), candidate: sideOf([runOf("c", 1.05)]) });

const short: RunManifest["validity"] = {
  state: "invalid",
  reasons: [{ code: "too-few-samples", text: "Only 30 samples." }],
};

describe("the word", () => {
  test.each([
    ["thresholds that hold, no baseline", manifest({ thresholds: [p95] }), undefined, "PASS"],
    ["nothing asked", manifest(), undefined, "INCONCLUSIVE"],
    ["a threshold that failed", manifest({ thresholds: [p95, failed] }), undefined, "FAIL"],
    [
      "an invalid run, whatever its thresholds",
      manifest({ thresholds: [failed], validity: { state: "invalid", reasons: [] } }),
      against(1),
      "INVALID",
    ],
    ["a smoke test that held", manifest({ thresholds: [p95], validity: short }), undefined, "INCONCLUSIVE"],
    ["a smoke test that failed", manifest({ thresholds: [failed], validity: short }), undefined, "FAIL"],
    [
      "a short run whose target was never reached",
      manifest({
        validity: { state: "invalid", reasons: [...short.reasons, { code: "target-not-reached", text: "Nobody." }] },
      }),
      undefined,
      "INVALID",
    ],
    ["an unchanged run", manifest({ thresholds: [p95] }), against(1), "PASS"],
    ["a slower run", manifest({ thresholds: [p95] }), against(1.4), "REGRESSED"],
    ["a faster run", manifest(), against(0.6), "IMPROVED"],
    ["a change at the margin", manifest({ thresholds: [p95] }), alone, "INCONCLUSIVE"],
    ["a failed threshold of a faster run", manifest({ thresholds: [failed] }), against(0.6), "FAIL"],
    ["an interrupted run", manifest({ thresholds: [p95], status: "interrupted" }), undefined, "INCONCLUSIVE"],
    ["an interrupted run that compares well", manifest({ status: "interrupted" }), against(1), "INCONCLUSIVE"],
    ["an interrupted run that compares badly", manifest({ status: "interrupted" }), against(2), "REGRESSED"],
    ["a run without an end", manifest({ thresholds: [p95], status: "running" }), undefined, "INCONCLUSIVE"],
    [
      "a run of unknown validity",
      manifest({ thresholds: [p95], validity: { state: "unknown", reasons: [] } }),
      undefined,
      "INCONCLUSIVE",
    ],
    [
      "a threshold that found nothing",
      manifest({ thresholds: [{ ...p95, observed: null }] }),
      undefined,
      "INCONCLUSIVE",
    ],
    ["a script that threw", manifest({ thresholds: [p95], exitCode: 107, endReason: "boom" }), undefined, "FAIL"],
    ["a script that marked itself failed", manifest({ thresholds: [p95], exitCode: 110 }), against(1), "FAIL"],
  ] as const)("of %s", (_name, run, comparison, word) => {
    const decision = decide(run, comparison);
    expect(decision.word).toBe(word);
    expect(decision.sentence).toMatch(/^\S.{8,}\.?$/);
  });
});

describe("a run of nothing but failures", () => {
  const summaryOf = (metric: string, passes: number, fails: number): Partial<RunManifest> => {
    const { summary } = manifest();
    const counted = { type: "rate" as const, contains: "default" as const, values: { passes, fails } };
    return { summary: { ...summary!, metrics: { ...summary!.metrics, [metric]: counted } } };
  };

  test.each([
    ["requests", summaryOf("http_req_failed", 500, 0), "All 500 requests failed"],
    ["a single request", summaryOf("http_req_failed", 1, 0), "The only request failed"],
    ["checks", summaryOf("checks", 0, 40), "All 40 checks failed"],
  ])("of %s is no pass, and says so", (_name, changes, says) => {
    for (const comparison of [undefined, against(1), against(0.5)]) {
      const decision = decide(manifest({ ...changes, thresholds: [p95] }), comparison);
      expect(decision.word).toBe("INCONCLUSIVE");
      expect(decision.sentence).toContain(says);
    }
  });

  test("fails where a threshold did", () => {
    expect(decide(manifest({ ...summaryOf("http_req_failed", 500, 0), thresholds: [p95, failed] })).word).toBe("FAIL");
  });

  test("is another thing than a run with one success", () => {
    expect(decide(manifest({ ...summaryOf("http_req_failed", 499, 1), thresholds: [p95] })).word).toBe("PASS");
    expect(decide(manifest({ ...summaryOf("checks", 1, 39), thresholds: [p95] })).word).toBe("PASS");
  });
});

test("a damaged record proves nothing, but may still fail", () => {
  const damage = ["windows.hlog:3: not a line.", "counters.ndjson:7: not JSON."];
  const { word, sentence } = decide(manifest({ thresholds: [p95] }), undefined, { damage });
  expect(word).toBe("INCONCLUSIVE");
  expect(sentence).toMatch(/damaged.*windows\.hlog:3.*1 other place/);
  expect(decide(manifest({ thresholds: [failed] }), undefined, { damage }).word).toBe("FAIL");
});

describe("the sentence", () => {
  test("says that there was no baseline, or that the run is in it", () => {
    expect(decide(manifest({ thresholds: [p95] })).sentence).toBe(
      "The threshold holds; there is no baseline to compare with.",
    );
    expect(decide(manifest({ thresholds: [p95] }), undefined, { isAccepted: true }).sentence).toBe(
      "The threshold holds; the run is part of the baseline itself.",
    );
  });

  test("says that nothing was asked", () => {
    expect(decide(manifest()).sentence).toBe("Nothing was asked of this run: no thresholds, and no baseline.");
  });

  test("names the thresholds that failed", () => {
    expect(decide(manifest({ thresholds: [p95, failed] })).sentence).toBe(
      "1 of 2 thresholds failed: http_req_failed rate<0.01.",
    );
  });

  test("carries the reservations of a degraded run", () => {
    const validity = { state: "degraded", reasons: [{ code: "late", text: "1.3 % of arrivals were late." }] } as const;
    const { word, sentence } = decide(
      manifest({ thresholds: [p95], validity: { ...validity, reasons: [...validity.reasons] } }),
    );
    expect(word).toBe("PASS");
    expect(sentence).toContain("Measured with reservations: 1.3 % of arrivals were late.");
  });
});

describe("the rows", () => {
  test("show limit, observed and margin in the metric's unit, failures first", () => {
    expect(decide(manifest({ thresholds: [p95, failed] })).rows).toEqual([
      {
        what: "http_req_failed rate, threshold",
        limit: "< 1 %",
        observed: "5 %",
        margin: "400 % above",
        verdict: "fail",
      },
      {
        what: "http_req_duration p(95), threshold",
        limit: "< 200ms",
        observed: "124.3ms",
        margin: "37.9 % below",
        verdict: "pass",
      },
    ]);
  });

  test("know a counter's count from its rate and bytes from numbers", () => {
    const of = (metric: string, expression: string, observed: number, limit: number) =>
      decide(manifest({ thresholds: [{ ...p95, metric, expression, observed, limit }] })).rows[0];
    expect(of("http_reqs", "count>100", 150, 100)).toMatchObject({ limit: "> 100", observed: "150" });
    expect(of("http_reqs{status:200}", "rate>=990", 999.6, 990)).toMatchObject({
      limit: ">= 990/s",
      observed: "999.6/s",
    });
    expect(of("data_received", "count<1000000", 5000, 1_000_000)).toMatchObject({ observed: "5000" });
  });

  test("of a comparison show the baseline, the change and what is left of the margin", () => {
    const rows = decide(manifest(), against(1.4)).rows;
    expect(rows).toHaveLength(5);
    expect(rows[0]).toMatchObject({ verdict: "regressed" });
    expect(rows[0]!.limit).toMatch(/^baseline \d+\.?\d*ms \+5 %$/);
    expect(rows[0]!.observed).toMatch(/^\d+\.?\d*ms \(\+(39|40)(\.\d)? %\)$/);
    expect(rows[0]!.margin).toMatch(/^3[45](\.\d)? points over$/);
    const throughput = rows.find((row) => row.what === "throughput rate, vs baseline");
    expect(throughput).toMatchObject({
      limit: "baseline 1000/s −4.8 %",
      margin: "4.8 points to spare",
      verdict: "pass",
    });
  });

  test("name a series that a threshold and the baseline both judge twice, each by its judge", () => {
    const both = { ...p95, metric: "http_req_response_time" };
    const names = decide(manifest({ thresholds: [both] }), against(1)).rows.map((row) => row.what);
    expect(names).toContain("http_req_response_time p(95), threshold");
    expect(names).toContain("http_req_response_time p(95), vs baseline");
    expect(new Set(names).size).toBe(names.length);
  });

  test("are at most eight, the worst ones", () => {
    const many = Array.from({ length: 12 }, (_, i) => ({ ...p95, ok: i !== 11 }));
    const { rows } = decide(manifest({ thresholds: many }), against(1.4));
    expect(rows).toHaveLength(8);
    expect(rows.slice(0, 4).map((row) => row.verdict)).toEqual(["fail", "regressed", "regressed", "regressed"]);
  });
});
