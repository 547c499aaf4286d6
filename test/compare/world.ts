import type { ComparedRun, ComparedSide } from "../../src/model/comparison.js";
import type { Environment, LoadFigures } from "../../src/model/run.js";
import { Histogram } from "../../src/stats/histogram.js";
import { seededRandom } from "../../src/stats/random.js";

export const machine: Environment = {
  os: "Linux",
  kernel: "6.1.0",
  arch: "x86_64",
  cpuModel: "Test CPU",
  cores: 2,
  memoryBytes: 8e9,
  node: "20.19.5",
  loadline: "0.1.0",
};

export function loadAt(rate: number): LoadFigures {
  return {
    openModel: true,
    durationMs: 60_000,
    plannedArrivals: 60 * rate,
    started: 60 * rate,
    dropped: 0,
    droppedByUs: 0,
    interrupted: 0,
    plannedRate: rate,
    achievedRate: rate,
    latenessMs: { p50: 0, p95: 0, p99: 0, p999: 0, max: 0 },
    longestStallMs: 0,
    gcMs: 0,
    harnessCpuCores: 0.1,
    harnessRssMaxBytes: 1e8,
    ownSocketErrors: 0,
    unanswered: 0,
  };
}

// One sorted sheet of lognormal latencies around 8 ms with a tail; a run is this sheet, scaled.
const sheet = (() => {
  const random = seededRandom(11);
  return Array.from({ length: 20_000 }, () => {
    const tail = random.uniform() < 0.02 ? Math.exp(1.2 + 0.4 * random.normal()) : 1;
    return 8000 * Math.exp(0.35 * random.normal()) * tail;
  });
})();

/** A run whose latencies are the usual ones times `scale`. */
export function runOf(id: string, scale: number, changes: Partial<ComparedRun> = {}): ComparedRun {
  const histogram = new Histogram();
  for (const latency of sheet) histogram.record(latency * scale);
  return {
    id,
    startedAt: "2026-01-18T14:22:33.000Z",
    validity: { state: "valid", reasons: [] },
    load: loadAt(1000),
    rates: { http_req_failed: [0, 60_000] },
    totals: { http_req_response_time: histogram.toData() },
    ...changes,
  };
}

export function sideOf(runs: readonly ComparedRun[], changes: Partial<ComparedSide> = {}): ComparedSide {
  return {
    scriptSha256: "a".repeat(64),
    optionsDigest: "b".repeat(64),
    environment: machine,
    labels: {},
    runs,
    ...changes,
  };
}

/** Runs that differ by normal noise of the given standard deviation of the log latency. */
export function noisySide(name: string, runs: number, sd: number, shift: number, normal: () => number): ComparedSide {
  return sideOf(Array.from({ length: runs }, (_, i) => runOf(`${name}${i}`, Math.exp(shift + sd * normal()))));
}
