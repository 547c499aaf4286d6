import { expect, test } from "vitest";
import type { MetricSummary } from "../../src/model/run.js";
import { renderComparison } from "../../src/report/comparison-text.js";
import { formatCounted } from "../../src/report/format.js";
import { describeMetric } from "../../src/report/metric-lines.js";
import { renderText } from "../../src/report/text.js";
import { syntheticComparison, syntheticDecision, syntheticRun } from "./synthetic.js";

const record = syntheticRun({ seconds: 5, rate: 50, stallAt: -1 });
const comparison = syntheticComparison(record, 1.2);

test("at 100 columns every row can be told from the others", () => {
  const rows = ["/api/v2/customers/:id/orders", "/api/v2/customers/:id/invoices"].flatMap((name) =>
    ["p(50)", "p(95)"].map((statistic) => ({
      ...comparison.rows[0]!,
      series: `http_req_response_time{name:${name}}`,
      statistic,
    })),
  );
  const text = renderComparison({ ...comparison, rows }, { color: false, width: 100 });
  const lines = text.split("\n").filter((line) => /http_req|p\(/.test(line) && !line.includes("regressed"));
  expect(lines.map((line) => /orders|invoices|p\(\d+\)/.exec(line)?.[0])).toEqual([
    ...["orders", "p(50)", "p(95)"],
    ...["invoices", "p(50)", "p(95)"],
  ]);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
});

test("a name longer than the terminal loses its middle", () => {
  const series = `http_reqs{name:/${"x".repeat(200)}/end}`;
  const text = renderComparison(
    { ...comparison, rows: [{ ...comparison.rows[0]!, series }] },
    { color: false, width: 80 },
  );
  expect(text).toMatch(/^ {2}http_reqs\{name:\/x+…x+\/end\}$/m);
});

test("without a baseline one line says so", () => {
  const alone = {
    ...comparison,
    baseline: null,
    warnings: [],
    verdict: "inconclusive" as const,
    reason: "No baseline.",
  };
  expect(renderComparison(alone, { color: false, width: 100 })).toBe("  inconclusive  No baseline.\n");
});

test("a comparison says of how many runs each side is made", () => {
  const several = { ...comparison, candidate: { runs: ["a", "b", "c"] } };
  expect(renderComparison(several, { color: false, width: 100 })).toContain("ours is the mean of 3 runs");
});

test("how many values a trend has is a number, and its times have the unit that was asked for", () => {
  const metric: MetricSummary = { type: "trend", contains: "time", values: { count: 3, avg: 1234.5 } };
  expect(describeMetric(metric)).toBe("count=3 avg=1.23s");
  expect(describeMetric(metric, "ms")).toBe("count=3 avg=1234.50ms");
  const timed = { ...record.manifest, options: { ...record.manifest.options, summaryTimeUnit: "us" } };
  const text = renderText(timed, { decision: syntheticDecision(record), color: false, width: 200 });
  expect(text).toMatch(/http_req_duration\.+: avg=\d+\.\d\dµs/);
});

test("one is singular", () => {
  expect([1, 2, 0, 60_000].map((count) => formatCounted(count, "request"))).toEqual([
    "1 request",
    "2 requests",
    "0 requests",
    "60,000 requests",
  ]);
});
