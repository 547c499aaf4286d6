import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunManifest, RunRecord, SeriesHistory } from "../../src/model/run.js";
import { Histogram } from "../../src/stats/histogram.js";
import { seededRandom } from "../../src/stats/random.js";

/** A run record of 150 s as the reader would give it, with a run.json in its folder. */
export function recordOf(reports: string, id: string, changes: Partial<RunManifest> = {}): RunRecord {
  const folder = join(reports, id);
  const manifest: RunManifest = {
    schema: "loadline.run/1",
    id,
    scenario: "api-baseline",
    script: { path: "api.ts", sha256: "a".repeat(64), files: [] },
    command: [],
    options: {},
    optionsDigest: "b".repeat(64),
    environment: {
      os: "Linux",
      kernel: "6.1.0",
      arch: "x86_64",
      cpuModel: "Test CPU",
      cores: 2,
      memoryBytes: 8e9,
      node: "20.19.5",
      loadline: "0.1.0",
    },
    labels: { version: "1.2", run: id },
    startedAt: "2026-01-18T14:22:33.000Z",
    endedAt: "2026-01-18T14:25:03.000Z",
    status: "complete",
    validity: { state: "valid", reasons: [] },
    load: {
      openModel: true,
      durationMs: 150_000,
      plannedArrivals: 15_000,
      started: 15_000,
      dropped: 0,
      droppedByUs: 0,
      interrupted: 0,
      plannedRate: 100,
      achievedRate: 100,
      latenessMs: { p50: 0, p95: 0, p99: 0, p999: 0, max: 0 },
      longestStallMs: 0,
      gcMs: 0,
      harnessCpuCores: 0.1,
      harnessRssMaxBytes: 1e8,
      ownSocketErrors: 0,
      unanswered: 0,
    },
    thresholds: [],
    resources: [
      { source: "target", samples: 150, rssBytes: { min: 1e8, p50: 1e8, p95: 1e8, max: 1.1e8, last: 1e8 }, events: [] },
    ],
    totals: {},
    warnings: [],
    ...changes,
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "run.json"), JSON.stringify(manifest));
  const response = historyOf("http_req_response_time", 1, id.length);
  const blocked = historyOf("http_req_blocked", 10, 3);
  return {
    folder,
    manifest,
    histories: new Map([
      ["http_req_response_time", response.history],
      ["http_req_blocked", blocked.history],
    ]),
    totals: new Map([
      ["http_req_response_time", response.total],
      ["http_req_blocked", blocked.total],
    ]),
    windows: Array.from({ length: 150 }, (_, index) => ({
      index,
      startMs: index * 1000,
      lengthMs: 1000,
      counters: {},
      gauges: {},
      rates: { http_req_failed: [index === 7 ? 2 : 0, 100], custom: [1, 1] },
      engine: {} as never,
    })),
    resources: [],
    damage: [],
  };
}

function historyOf(metric: string, windowsPerLine: number, seed: number) {
  const random = seededRandom(seed);
  const total = new Histogram();
  const lines = Array.from({ length: 150 / windowsPerLine }, (_, i) => {
    const histogram = new Histogram();
    for (let k = 0; k < 100; k += 1) histogram.record(8000 * Math.exp(0.35 * random.normal()));
    total.merge(histogram);
    return { startMs: i * windowsPerLine * 1000, lengthMs: windowsPerLine * 1000, histogram: histogram.toData() };
  });
  const series = { id: 1, metric, type: "trend", contains: "time", tags: {}, windowsPerLine } as const;
  const history: SeriesHistory = { series, lines };
  return { history, total: total.toData() };
}
