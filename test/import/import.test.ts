import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "hdr-histogram-js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { importRun } from "../../src/harness/import.js";
import { readRun } from "../../src/record/reader.js";
import { quantile } from "../../src/stats/histogram.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "import-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function imported(name: string, content: string, more: Partial<Parameters<typeof importRun>[0]> = {}) {
  const file = join(folder, name);
  writeFileSync(file, content);
  const reportsDir = join(folder, "reports");
  const run = await importRun({ file, reportsDir, labels: {}, measuredHere: false, ...more });
  return { ...run, record: readRun(run.folder) };
}

const metricLine = (name: string, type: string, contains: string): string =>
  JSON.stringify({ type: "Metric", data: { name, type, contains, thresholds: [], submetrics: null }, metric: name });
const pointLine = (metric: string, ms: number, value: number, tags = {}): string =>
  JSON.stringify({ metric, type: "Point", data: { time: new Date(1.8e12 + ms).toISOString(), value, tags } });

describe("k6 JSON", () => {
  const lines = [
    metricLine("http_reqs", "counter", "default"),
    metricLine("http_req_duration", "trend", "time"),
    metricLine("checks", "rate", "default"),
    ...Array.from({ length: 300 }, (_, i) => [
      pointLine("http_reqs", i * 10, 1),
      pointLine("http_req_duration", i * 10, i + 1, { name: "/a", expected_response: "true" }),
      pointLine("checks", i * 10, i % 3 === 0 ? 0 : 1, { check: "ok", group: "::g" }),
    ]).flat(),
  ];

  test("becomes a run with windows, percentiles, checks and a start of its own", async () => {
    const { record, manifest, format } = await imported("load.json", `${lines.join("\n")}\n`);
    expect(format).toBe("k6 JSON");
    expect(manifest.scenario).toBe("load");
    expect(manifest.startedAt).toBe(new Date(1.8e12).toISOString());
    expect(record.windows).toHaveLength(3);
    expect(record.windows.map((window) => window.counters.http_reqs)).toEqual([100, 100, 100]);
    expect(quantile(record.totals.get("http_req_duration")!, 0.5) / 1000).toBeCloseTo(150.5, 0);
    expect(record.histories.get("http_req_duration{name:/a}")!.lines).toHaveLength(3);
    expect(manifest.summary!.root_group.groups[0]!.checks[0]).toMatchObject({ name: "ok", passes: 200, fails: 100 });
    expect(record.damage).toEqual([]);
  });

  test("names what is missing, invents no load, and is never valid without a doubt", async () => {
    const { manifest } = await imported("load.json", `${lines.join("\n")}\n`);
    expect(manifest.load).toBeUndefined();
    expect(manifest.validity.state).toBe("degraded");
    expect(manifest.warnings.join("\n")).toMatch(/planned rate[\s\S]*Response time/);
    expect(manifest.environment.cpuModel).toBe("unknown");
    expect(manifest.totals.http_req_response_time).toBeUndefined();
  });

  test("a torn line is refused with its number, and no folder is left", async () => {
    await expect(imported("load.json", `${lines.join("\n")}\n{"metric":"http_r`)).rejects.toMatchObject({
      code: "import.line-invalid",
      at: expect.stringContaining(`:${lines.length + 1}`),
    });
    expect(readdirSync(join(folder, "reports", "load"))).toEqual([]);
  });
});

test("k6 CSV gives the same figures, and says which types it had to guess", async () => {
  const head = "metric_name,timestamp,metric_value,check,error,name,status,extra_tags,metadata";
  const rows = Array.from({ length: 200 }, (_, i) => {
    const second = 1_800_000_000 + Math.floor(i / 100);
    return [`http_reqs,${second},1.000000,,,"/a,b",200,team=blue,`, `mine,${second},${i}.5,,,,,,`];
  }).flat();
  const { manifest } = await imported("load.csv", `${[head, ...rows].join("\n")}\n`);
  expect(manifest.summary!.metrics.http_reqs!.values.count).toBe(200);
  expect(manifest.summary!.metrics.mine!.type).toBe("trend");
  expect(manifest.warnings.join("\n")).toContain("The type of mine");
});

test.each([2, 3, 4] as const)("an HdrHistogram log with %i digits keeps its percentiles", async (digits) => {
  const histogram = build({ numberOfSignificantValueDigits: digits });
  for (let i = 1; i <= 1000; i += 1) histogram.recordValue(i * 1000);
  const { encodeIntoCompressedBase64 } = await import("hdr-histogram-js");
  const text = [
    "#[Histogram log format version 1.3]",
    "#[StartTime: 1800000000.000 (seconds since epoch)]",
    "#[BaseTime: 1800000000.000 (seconds since epoch)]",
    `0.000,1.000,1000.000,${encodeIntoCompressedBase64(histogram)}`,
  ].join("\n");
  const { record } = await imported("other.hlog", `${text}\n`, { unit: "us" });
  const total = record.totals.get("http_req_duration")!;
  expect(total.count).toBe(1000);
  expect(Math.abs(quantile(total, 0.99) / 990_010 - 1)).toBeLessThan(digits === 2 ? 0.01 : 0.0015);
  await expect(imported("other.hlog", `${text}\n`)).rejects.toMatchObject({ code: "import.unit-missing" });
});

test("a k6 summary keeps its values and its groups, and has no histogram", async () => {
  const { manifest } = await imported(
    "summary.json",
    JSON.stringify({
      metrics: {
        http_req_duration: { avg: 5, min: 1, med: 4, max: 20, "p(90)": 9, "p(95)": 12 },
        http_reqs: { count: 500, rate: 50 },
        http_req_failed: { passes: 5, fails: 495, value: 0.01 },
      },
      root_group: {
        name: "",
        path: "",
        id: "x",
        groups: {},
        checks: { ok: { name: "ok", path: "::ok", id: "y", passes: 3, fails: 1 } },
      },
    }),
  );
  expect(manifest.summary!.metrics.http_req_duration!.values["p(95)"]).toBe(12);
  expect(manifest.summary!.metrics.http_req_failed!.values.rate).toBe(0.01);
  expect(manifest.summary!.root_group.checks[0]!.fails).toBe(1);
  expect(manifest.totals).toEqual({});
  expect(Date.parse(manifest.endedAt!) - Date.parse(manifest.startedAt)).toBe(10_000);
});

test("autocannon's JSON keeps latency, requests and failures", async () => {
  const { manifest } = await imported(
    "cannon.json",
    JSON.stringify({
      latency: { average: 3, mean: 3, min: 1, max: 40, p50: 2, p97_5: 9, p99: 11 },
      requests: { total: 990, average: 99 },
      throughput: { total: 5000 },
      errors: 10,
      timeouts: 4,
      non2xx: 90,
      duration: 10,
      start: "2027-01-15T08:00:00.000Z",
    }),
  );
  expect(manifest.summary!.metrics.http_req_duration!.values["p(97.5)"]).toBe(9);
  expect(manifest.summary!.metrics.http_reqs!.values).toEqual({ count: 1000, rate: 100 });
  expect(manifest.summary!.metrics.http_req_failed!.values.rate).toBeCloseTo(0.1);
});

describe("vegeta", () => {
  test("results are single samples", async () => {
    const lines = Array.from({ length: 120 }, (_, i) =>
      JSON.stringify({
        code: i < 12 ? 500 : 200,
        timestamp: new Date(1.8e12 + i * 10).toISOString(),
        latency: 2e6,
        bytes_in: 10,
        bytes_out: 0,
      }),
    );
    const { manifest } = await imported("hits.json", lines.join("\n"));
    expect(manifest.summary!.metrics.http_req_failed!.values.rate).toBeCloseTo(0.1);
    expect(manifest.summary!.metrics.http_req_duration!.values.med).toBeCloseTo(2, 2);
  });

  test("a report keeps its quantiles", async () => {
    const latencies = { mean: 3e6, "50th": 2e6, "95th": 8e6, "99th": 9e6, max: 2e7, min: 1e6 };
    const { manifest } = await imported(
      "report.json",
      JSON.stringify({ latencies, requests: 200, rate: 20, duration: 1e10, success: 0.95 }),
    );
    expect(manifest.summary!.metrics.http_req_duration!.values["p(95)"]).toBe(8);
    expect(manifest.summary!.metrics.http_req_failed!.values).toMatchObject({ passes: 10, fails: 190 });
  });

  test("a histogram counts at the upper bounds of its buckets, and says so", async () => {
    const text =
      "Bucket         #     %       Histogram\n[0s,     2ms]   600  60.00%  ####\n[2ms,   6ms]   300  30.00%  ##\n[6ms,   +Inf]  100  10.00%  #\n";
    const { record, manifest } = await imported("hist.txt", text);
    expect(quantile(record.totals.get("http_req_duration")!, 0.5)).toBeCloseTo(2000, -1);
    expect(record.totals.get("http_req_duration")!.count).toBe(1000);
    expect(manifest.warnings.join()).toContain("upper bound");
  });
});

test("what is none of these is refused with what can be imported", async () => {
  await expect(imported("note.txt", "hello\n")).rejects.toMatchObject({ code: "import.unknown-format" });
});
