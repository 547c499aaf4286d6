import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { SampledRecorder } from "../../src/measure/sampled-recorder.js";
import { builtInMetrics } from "../../src/model/metric.js";
import type { SampleBatch } from "../../src/model/sample-batch.js";
import { csv } from "../../src/output/csv.js";
import { jsonLines } from "../../src/output/json-lines.js";
import { parseOutput } from "../../src/output/parse-spec.js";
import { SampleFile } from "../../src/output/sample-file.js";

const context = { systemTags: ["status", "name", "vu"], thresholdsOf: () => ["p(95)<5"], submetricsOf: () => [] };

function batch(values: readonly number[], tags: Record<string, string> = {}): SampleBatch {
  return {
    metrics: [builtInMetrics.http_req_duration],
    tags: [tags],
    metric: new Uint16Array(values.length),
    tag: new Uint32Array(values.length),
    timeMs: Float64Array.from(values, (_, i) => 1_800_000_000_000.25 + i),
    value: Float64Array.from(values),
  };
}

test("JSON lines announce each metric once, with times to the microsecond", () => {
  const format = jsonLines(context);
  const lines = (format.lines(batch([1.5, 2], { name: 'a"b' })) + format.lines(batch([3]))).trim().split("\n");
  const documents = lines.map((line) => JSON.parse(line) as { type: string; data: Record<string, unknown> });
  expect(documents.map(({ type }) => type)).toEqual(["Metric", "Point", "Point", "Point"]);
  expect(documents[0]!.data).toMatchObject({
    type: "trend",
    contains: "time",
    thresholds: ["p(95)<5"],
    submetrics: null,
  });
  expect(documents[1]!.data).toEqual({ time: "2027-01-15T08:00:00.000250Z", value: 1.5, tags: { name: 'a"b' } });
});

test("CSV quotes what would break its cells, and keeps tags without a column in extra_tags", () => {
  const format = csv(context);
  expect(format.head).toBe("metric_name,timestamp,metric_value,name,status,extra_tags,metadata\n");
  expect(format.lines(batch([2], { name: "a,b", status: "200", team: "x", vu: "3" }))).toBe(
    'http_req_duration,1800000000,2.000000,"a,b",200,team=x,vu=3\n',
  );
});

test("a recorder with outputs hands on every sample once, in batches, and nothing of a warm-up that was discarded", () => {
  const batches: SampleBatch[] = [];
  const recorder = new SampledRecorder({ onWarning: () => {}, clock: () => 5, onBatch: (each) => batches.push(each) });
  const tags = recorder.tagSet({ a: "1" });
  recorder.add(builtInMetrics.iterations, 1, tags);
  recorder.discard();
  for (let i = 0; i < 10_000; i += 1) recorder.add(builtInMetrics.iterations, i, tags);
  recorder.add(builtInMetrics.iterations, Number.NaN, tags);
  recorder.closeWindow();
  expect(batches.map(({ value }) => value.length)).toEqual([8192, 1808]);
  expect(batches.flatMap(({ value }) => [...value])).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
  expect(batches[1]!.tags).toEqual([{ a: "1" }]);
});

test("checks are samples too", () => {
  const batches: SampleBatch[] = [];
  const recorder = new SampledRecorder({ onWarning: () => {}, clock: () => 5, onBatch: (each) => batches.push(each) });
  recorder.addCheck("is fine", "", true, recorder.tagSet({ check: "is fine" }));
  recorder.addCheck("is fine", "", false, recorder.tagSet({ check: "is fine" }));
  recorder.closeWindow();
  expect(batches[0]!.metrics.map(({ name }) => name)).toEqual(["checks"]);
  expect([...batches[0]!.value]).toEqual([1, 0]);
  expect(batches[0]!.tags).toEqual([{ check: "is fine" }]);
});

test("a file ending in .gz is compressed, and one that cannot be made is refused before any load", async () => {
  const folder = mkdtempSync(join(tmpdir(), "output-test-"));
  try {
    const path = join(folder, "samples.csv.gz");
    const file = await SampleFile.open({ format: "csv", path }, context);
    file.write(batch([1, 2, 3]));
    expect(await file.close()).toBeUndefined();
    expect(gunzipSync(readFileSync(path)).toString().trim().split("\n")).toHaveLength(4);
    const nowhere = { format: "json", path: join(folder, "no", "file.json") } as const;
    await expect(SampleFile.open(nowhere, context)).rejects.toMatchObject({ code: "output.not-writable" });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.each([
  ["json=a.json", undefined],
  ["csv=b.csv.gz", undefined],
  ["influxdb=http://x", "output.unknown"],
  ["json", "output.no-file"],
])("--out %s", (text, code) => {
  let found: string | undefined;
  try {
    parseOutput(text);
  } catch (error) {
    found = (error as { code: string }).code;
  }
  expect(found).toBe(code);
});
