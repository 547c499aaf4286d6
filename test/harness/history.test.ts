import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { appendHistory, type HistoryEntry } from "../../src/baseline/history.js";
import { readTrend } from "../../src/harness/history.js";
import { renderTrend } from "../../src/report/trend-text.js";
import { seededRandom } from "../../src/stats/random.js";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "trend-"));
});

function entry(night: number, p95: number, changes: Partial<HistoryEntry> = {}): HistoryEntry {
  const startedAt = new Date(Date.UTC(2026, 0, 1 + night, 2)).toISOString();
  return {
    id: `${startedAt.slice(0, 10)}-night`,
    startedAt,
    validity: "valid",
    status: "complete",
    achievedRate: 1000,
    errorRatio: 0,
    latencyMs: { http_req_response_time: { p50: p95 / 2, p95, p99: p95 * 1.5 } },
    rssMaxBytes: { target: 1e8 },
    labels: { version: night < 30 ? "1.4" : "1.5" },
    scriptSha256: "a".repeat(64),
    optionsDigest: "b".repeat(64),
    cpuModel: "Test CPU",
    baseline: null,
    verdict: null,
    ...changes,
  };
}

async function nights(n: number, at: number): Promise<void> {
  const random = seededRandom(2);
  for (let i = 0; i < n; i += 1) {
    await appendHistory(dir, "api", entry(i, 20 * (i < at ? 1 : 1.1) * Math.exp(0.01 * random.normal())));
  }
}

test("a slower version is found with its run, its size and its label", async () => {
  await nights(45, 30);
  const { changePoints } = readTrend({ baselinesDir: dir, scenario: "api" });
  expect(changePoints.map((change) => change.run)).toEqual(["2026-01-31-night"]);
  expect(changePoints[0]!.alsoChanged).toEqual([{ what: "version", before: "1.4", after: "1.5" }]);
});

test("weeks begin on Monday and stand for their runs", async () => {
  await nights(14, 99);
  const { points } = readTrend({ baselinesDir: dir, scenario: "api", every: "week" });
  // 1 January 2026 was a Thursday.
  expect(points.map((point) => point.runs)).toEqual([4, 7, 3]);
});

test("an invalid night is shown and not judged", async () => {
  await nights(6, 99);
  await appendHistory(dir, "api", entry(6, 900, { validity: "invalid" }));
  const trend = readTrend({ baselinesDir: dir, scenario: "api" });
  expect(trend.points.at(-1)!.counts).toBe(false);
  expect(trend.changePoints).toEqual([]);
  expect(trend.warnings[0]).toContain("1 of 7");
});

test("a run that was compared later counts once, with its verdict", async () => {
  await nights(3, 99);
  await appendHistory(dir, "api", entry(2, 20, { verdict: "pass", baseline: "main" }));
  const { points } = readTrend({ baselinesDir: dir, scenario: "api" });
  expect(points.map((point) => point.verdict)).toEqual([null, null, "pass"]);
});

test("hostile labels cannot steer the terminal, and the bars are as wide as it is", async () => {
  await nights(200, 99);
  await appendHistory(dir, "api", entry(200, 20, { labels: { version: "\u001b[2J\nforged" } }));
  const text = renderTrend(readTrend({ baselinesDir: dir, scenario: "api" }), { color: false, width: 80 });
  expect(text).not.toContain("\u001b");
  expect(text).not.toContain("\nforged");
  expect(
    Math.max(
      ...text
        .split("\n")
        .filter((line) => /[▁-█]/.test(line))
        .map((line) => line.length),
    ),
  ).toBeLessThanOrEqual(80);
});

test.each([{ statistic: "p42" }, { metric: "nonsense" }])("%j is refused with what there is", async (wrong) => {
  await nights(1, 99);
  expect(() => readTrend({ baselinesDir: dir, scenario: "api", ...wrong })).toThrow("does not keep this");
});

test("no history is said, not shown as a flat line", () => {
  expect(() => readTrend({ baselinesDir: dir, scenario: "api" })).toThrow("no history");
});
