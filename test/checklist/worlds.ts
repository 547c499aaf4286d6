import type { Evidence, RunEvidence } from "../../src/checklist/evidence.js";
import { type LedgerContent, type LedgerEntry, ledgerLine } from "../../src/checklist/ledger.js";
import type { RunManifest } from "../../src/model/run.js";
import type { SeriesValue } from "../../src/model/window.js";
import { Histogram } from "../../src/stats/histogram.js";

export const now = new Date("2026-06-01T12:00:00.000Z");
export const dayMs = 86_400_000;

/** An hour at 1,000/s, of version 2.1, with a p95 near 95 ms and one failure in 10,000. */
export function manifestOf(change: Partial<RunManifest> = {}): RunManifest {
  return {
    schema: "loadline.run/1",
    id: "20260601T100000Z-abcd",
    scenario: "shop",
    script: { path: "shop.ts", sha256: "0", files: [] },
    command: ["loadline", "run"],
    options: {},
    optionsDigest: "0",
    environment: {
      os: "linux",
      kernel: "6",
      arch: "x64",
      cpuModel: "c",
      cores: 2,
      memoryBytes: 1,
      node: "20",
      loadline: "0",
    },
    labels: { version: "2.1" },
    startedAt: "2026-06-01T10:00:00.000Z",
    endedAt: "2026-06-01T11:00:00.000Z",
    status: "complete",
    validity: { state: "valid", reasons: [] },
    load: {
      openModel: true,
      durationMs: 3_600_000,
      plannedArrivals: 3_600_000,
      started: 3_600_000,
      dropped: 0,
      droppedByUs: 0,
      interrupted: 0,
      plannedRate: 1000,
      achievedRate: 1000,
      latenessMs: { p50: 0, p95: 0, p99: 0, p999: 0, max: 0 },
      longestStallMs: 0,
      gcMs: 0,
      harnessCpuCores: 0.1,
      harnessRssMaxBytes: 1,
      ownSocketErrors: 0,
      unanswered: 0,
    },
    summary: {
      metrics: {},
      root_group: {
        name: "",
        path: "",
        id: "",
        checks: [{ name: "status is 200", path: "", id: "", passes: 10, fails: 0 }],
        groups: [
          {
            name: "g",
            path: "::g",
            id: "",
            groups: [],
            checks: [{ name: "bad", path: "", id: "", passes: 9, fails: 1 }],
          },
        ],
      },
      state: { testRunDurationMs: 3_600_000, isStdOutTTY: false, isStdErrTTY: false },
    },
    thresholds: [],
    resources: [
      {
        source: "target",
        samples: 3600,
        rssBytes: { min: 1e8, p50: 2e8, p95: 3e8, max: 4e8, last: 3e8 },
        cpuCores: { min: 0.1, p50: 0.3, p95: 0.4, max: 0.9, last: 0.3 },
        events: [],
      },
      { source: "harness", samples: 3600, rssBytes: { min: 1e9, p50: 2e9, p95: 3e9, max: 4e9, last: 3e9 }, events: [] },
    ],
    leaks: [leak("stable")],
    totals: {},
    warnings: [],
    ...change,
  };
}

export function leak(verdict: "stable" | "leaking" | "still-warming-up"): NonNullable<RunManifest["leaks"]>[number] {
  return {
    source: "target",
    figure: "rssBytes",
    verdict,
    sentence: `Memory is ${verdict}.`,
    against: "itself",
    runs: 1,
    baselineRuns: 0,
    observedMs: 3_600_000,
    droppedMs: 0,
    floorSpanMs: 1000,
    level: 1e8,
    growthPerHour: null,
    minimumPerHour: 1e6,
    belowPerHour: null,
    timeConstantMs: null,
    runAtLeastMs: null,
    timeToLimitMs: null,
    floor: [],
    line: null,
  };
}

const durations = new Histogram();
for (let ms = 1; ms <= 100; ms += 1) durations.record(ms * 1000);
const series: Readonly<Record<string, SeriesValue>> = {
  http_req_duration: { kind: "trend", histogram: durations.toData() },
  http_req_failed: { kind: "rate", passes: 1, total: 10_000 },
  iterations: { kind: "counter", sum: 3_600_000 },
};

export function runOf(change: Partial<RunManifest> = {}): RunEvidence {
  return {
    manifest: manifestOf(change),
    peakBusy: 120,
    lastFigureMs: new Map([["target", 3_600_000]]),
    measured: (name) => {
      const value = series[name];
      return value && { series: { type: value.kind, contains: value.kind === "trend" ? "time" : "default" }, value };
    },
  };
}

export function evidenceOf(change: Partial<Evidence> = {}): Evidence {
  return { now, maxAgeMs: 30 * dayMs, run: runOf(), probes: [], ...change };
}

/** A ledger of these contents, written a minute apart up to a day before `now`. */
export function ledgerOf(...contents: readonly LedgerContent[]): { text: string; entries: LedgerEntry[] } {
  const entries: LedgerEntry[] = [];
  let text = "";
  for (const [i, content] of contents.entries()) {
    const line = ledgerLine(content, entries.at(-1), new Date(now.getTime() - dayMs + i * 60_000));
    text += line;
    entries.push(JSON.parse(line) as LedgerEntry);
  }
  return { text, entries };
}
