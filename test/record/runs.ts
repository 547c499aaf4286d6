import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { RunManifest } from "../../src/model/run.js";
import type { Series, SeriesValue, WindowBatch } from "../../src/model/window.js";
import { Histogram } from "../../src/stats/histogram.js";

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "loadline-record-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const manifest: RunManifest = {
  schema: "loadline.run/1",
  id: "20260118T142233Z-1a2b",
  scenario: "checkout",
  script: { path: "checkout.ts", sha256: "00", files: [] },
  command: ["run", "checkout.ts"],
  options: {},
  optionsDigest: "00",
  environment: {
    os: "linux",
    kernel: "6",
    arch: "x64",
    cpuModel: "cpu",
    cores: 2,
    memoryBytes: 1,
    node: "v20",
    loadline: "0.1.0",
  },
  labels: {},
  startedAt: "2026-01-18T14:22:33.250Z",
  status: "running",
  validity: { state: "unknown", reasons: [] },
  thresholds: [],
  resources: [],
  totals: {},
  warnings: [],
};

export const trend = (id: number, metric: string, tags = {}, windowsPerLine = 1): Series => ({
  id,
  metric,
  type: "trend",
  contains: "time",
  tags,
  windowsPerLine,
});

export const requests: Series = {
  id: 100,
  metric: "http_reqs",
  type: "counter",
  contains: "default",
  tags: {},
  windowsPerLine: 1,
};

export function trendValue(...values: number[]): SeriesValue {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return { kind: "trend", histogram: histogram.toData() };
}

export function batch(index: number, rest: Partial<WindowBatch> = {}): WindowBatch {
  return {
    index,
    startMs: index * 1000,
    lengthMs: 1000,
    newSeries: [],
    values: [],
    checks: [],
    engine: {
      planned: 10,
      started: 10,
      dropped: 0,
      droppedByUs: 0,
      interrupted: 0,
      vus: 1,
      vusMax: 1,
      vusBusy: 1,
      longestStallMs: 1.23456,
      gcMs: 0,
      cpuCores: 0.1,
      rssBytes: 1e8,
      ownSocketErrors: 0,
      unanswered: 0,
    },
    last: false,
    ...rest,
  };
}
