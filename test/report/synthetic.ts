import type { Comparison, ComparisonRow, Decision } from "../../src/model/comparison.js";
import type { HistogramData } from "../../src/model/histogram.js";
import type { CounterWindow, RunManifest, RunRecord, SeriesHistory } from "../../src/model/run.js";
import type { ResourceSample } from "../../src/model/window.js";
import { Histogram, mean, quantile } from "../../src/stats/histogram.js";

export interface SyntheticOptions {
  readonly seconds?: number;
  readonly rate?: number;
  /** Names of endpoints; hostile ones are welcome. */
  readonly endpoints?: readonly string[];
  readonly status?: RunManifest["status"];
  /** Share of requests that fail, from 0 to 1. */
  readonly errorRatio?: number;
  /** Multiplies every latency. */
  readonly latencyScale?: number;
  /** Second at which the target stands still for two seconds; none below 0. */
  readonly stallAt?: number;
  readonly seed?: number;
}

/**
 * A run as a folder would give it back: lognormal latencies with a tail, a two-second stall, a saw-tooth of memory.
 *
 * The same options give the same record, whatever the machine.
 */
export function syntheticRun(options: SyntheticOptions = {}): RunRecord {
  const { seconds = 60, rate = 200, endpoints = ["/items", "/items/:id", "/login"], seed = 1 } = options;
  const { errorRatio = 0.0004, latencyScale = 1, stallAt = Math.floor(seconds * 0.6) } = options;
  const random = mulberry32(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const windows: CounterWindow[] = [];
  const resources: ResourceSample[] = [];
  const series = new Map<
    string,
    { history: SeriesHistory["lines"][number][]; total: Histogram; tags: Record<string, string> }
  >();
  const seriesOf = (metric: string, name?: string) => {
    const key = name === undefined ? metric : `${metric}{name:${name}}`;
    let known = series.get(key);
    if (known === undefined) {
      known = { history: [], total: new Histogram(), tags: name === undefined ? {} : { name } };
      series.set(key, known);
    }
    return known;
  };
  let wander = 0;
  let failedTotal = 0;
  for (let second = 0; second < seconds; second += 1) {
    wander = 0.9 * wander + 0.02 * normal();
    const interval = new Map<string, Histogram>();
    const record = (metric: string, ms: number, name?: string): void => {
      const key = name === undefined ? metric : `${metric}\n${name}`;
      let histogram = interval.get(key);
      if (histogram === undefined) {
        histogram = new Histogram();
        interval.set(key, histogram);
      }
      histogram.record(ms * 1000);
    };
    let failed = 0;
    const stalled = stallAt >= 0 && second >= stallAt && second < stallAt + 2;
    const failedBy = new Map<string, number>();
    for (let i = 0; i < rate; i += 1) {
      const index = i % Math.max(1, endpoints.length);
      let service = latencyScale * (index === 2 ? 11 : index === 1 ? 3.4 : 5.2) * Math.exp(wander + 0.42 * normal());
      if (random() < 0.012) service *= Math.exp(1.3 + 0.4 * normal());
      const lateness = 0.02 + 0.05 * random() * random() + (random() < 0.01 ? 0.3 : 0);
      const waited = stalled ? (stallAt + 2 - second) * 1000 - (i * 1000) / rate : 0;
      const response = service + lateness + Math.max(0, waited);
      if (stalled && i % 40 === 0) service += Math.max(0, waited);
      record("http_req_duration", service);
      record("http_req_response_time", response);
      record("iteration_lateness", lateness);
      record("iteration_duration", service + 0.1);
      record("http_req_waiting", service * 0.97);
      const name = endpoints[index];
      if (name !== undefined) {
        record("http_req_duration", service, name);
        record("http_req_response_time", response, name);
      }
      if (random() < errorRatio) {
        failed += 1;
        if (name !== undefined) failedBy.set(name, (failedBy.get(name) ?? 0) + 1);
      }
    }
    failedTotal += failed;
    for (const [key, histogram] of interval) {
      const [metric, name] = key.split("\n") as [string, string?];
      const target = seriesOf(metric, name);
      const dense = histogram.toData();
      // An hour of dense doubles would not fit into memory.
      const data = { ...dense, counts: Uint16Array.from(dense.counts as ArrayLike<number>) };
      target.history.push({ startMs: second * 1000, lengthMs: 1000, histogram: data });
      target.total.merge(data);
    }
    const rates: Record<string, [number, number]> = { http_req_failed: [failed, rate], checks: [rate - failed, rate] };
    for (const name of endpoints)
      rates[`http_req_failed{name:${name}}`] = [failedBy.get(name) ?? 0, Math.floor(rate / endpoints.length)];
    windows.push({
      index: second,
      startMs: second * 1000,
      lengthMs: 1000,
      counters: { http_reqs: rate, iterations: rate, data_sent: rate * 120, data_received: rate * 840 },
      gauges: { vus: 50, vus_max: 50 },
      rates,
      engine: {
        planned: rate,
        started: rate,
        dropped: 0,
        droppedByUs: 0,
        unanswered: 0,
        interrupted: 0,
        vus: stalled ? 50 : 20,
        vusMax: 50,
        vusBusy: stalled ? 48 : 4 + Math.round(3 * random()),
        longestStallMs: 2 + 6 * random() * random(),
        gcMs: 1 + random(),
        cpuCores: 0.14 + 0.03 * random(),
        rssBytes: 92e6 + 2e6 * random(),
        ownSocketErrors: 0,
      },
    });
    const tooth = (second % 40) / 40;
    resources.push({
      atMs: (second + 1) * 1000,
      source: "target",
      rssBytes: 118e6 + 22e6 * (1 - Math.exp(-second / 60)) + 58e6 * tooth + 8e5 * normal(),
      pssBytes: 109e6 + 22e6 * (1 - Math.exp(-second / 60)) + 58e6 * tooth + 8e5 * normal(),
      heapBytes: 42e6 + 12e6 * (1 - Math.exp(-second / 60)) + 56e6 * tooth,
      cpuCores: stalled ? 0.03 : 0.31 + 0.04 * random() + (tooth < 0.03 ? 0.25 : 0),
      fds: 74 + Math.round(3 * random()) + (stalled ? 40 : 0),
      threads: 11,
    });
  }
  const histories = new Map<string, SeriesHistory>();
  const totals = new Map<string, HistogramData>();
  let id = 0;
  for (const [key, { history, total, tags }] of series) {
    const metric = key.split("{")[0]!;
    const windowsPerLine = 1;
    histories.set(key, {
      series: { id, metric, type: "trend", contains: "time", tags, windowsPerLine },
      lines: history,
    });
    totals.set(key, total);
    id += 1;
  }
  const manifest = manifestOf({ options, seconds, rate, totals, resources, windows, failedTotal });
  return { folder: "reports/api-baseline/run", manifest, histories, totals, windows, resources, damage: [] };
}

function manifestOf(made: {
  options: SyntheticOptions;
  seconds: number;
  rate: number;
  totals: ReadonlyMap<string, HistogramData>;
  resources: readonly ResourceSample[];
  windows: readonly CounterWindow[];
  failedTotal: number;
}): RunManifest {
  const { options, seconds, rate, totals, resources, windows, failedTotal } = made;
  const status = options.status ?? "complete";
  const requests = seconds * rate;
  const ms = (name: string, q: number): number => round(quantile(totals.get(name)!, q) / 1000);
  const trend = (name: string) => {
    const total = totals.get(name)!;
    const values = {
      avg: round(mean(total) / 1000),
      min: round(total.min / 1000),
      med: ms(name, 0.5),
      max: round(total.max / 1000),
      "p(90)": ms(name, 0.9),
      "p(95)": ms(name, 0.95),
      "p(99)": ms(name, 0.99),
    };
    return { type: "trend" as const, contains: "time" as const, values };
  };
  const some = requests > 0;
  const ratio = some ? failedTotal / requests : 0;
  const counter = (count: number, contains: "default" | "data" = "default") => ({
    type: "counter" as const,
    contains,
    values: { count, rate: some ? round(count / seconds) : 0 },
  });
  const p95 = some ? ms("http_req_duration", 0.95) : null;
  const p99 = some ? ms("http_req_response_time", 0.99) : null;
  const fine = status === "complete" && some;
  const quantilesOf = (pick: (sample: ResourceSample) => number | undefined) => {
    const values = resources.map(pick).filter((value) => value !== undefined);
    const sorted = [...values].sort((a, b) => a - b);
    const at = (q: number): number => sorted[Math.round(q * (sorted.length - 1))]!;
    return { min: at(0), p50: at(0.5), p95: at(0.95), max: at(1), last: values.at(-1)! };
  };
  return {
    schema: "loadline.run/1",
    id: "2026-03-14T02-00-00Z-7f3a",
    scenario: "api-baseline",
    script: {
      path: "scenarios/api-baseline.ts",
      sha256: "9f2c41d07be6a35182cf40a1d6e7b8390c15f2ad48e36b7091da5c82f4e60b17",
      files: [
        {
          path: "scenarios/api-baseline.ts",
          sha256: "9f2c41d07be6a35182cf40a1d6e7b8390c15f2ad48e36b7091da5c82f4e60b17",
        },
        {
          path: "scenarios/lib/session.ts",
          sha256: "12ab41d07be6a35182cf40a1d6e7b8390c15f2ad48e36b7091da5c82f4e60b99",
        },
      ],
    },
    command: [
      "loadline",
      "run",
      "scenarios/api-baseline.ts",
      "-e",
      `DURATION=${seconds}s`,
      "-e",
      "BASE_URL=http://127.0.0.1:8080",
      "--command",
      "node server.js",
    ],
    options: {
      scenarios: {
        api: { executor: "constant-arrival-rate", rate, timeUnit: "1s", duration: `${seconds}s`, preAllocatedVUs: 50 },
      },
    },
    optionsDigest: "5d41402abc4b2a76b9719d911017c592ae7b9d0c5d41402abc4b2a76b9719d91",
    environment: {
      os: "Debian GNU/Linux 12",
      kernel: "6.1.0-18-amd64",
      arch: "x64",
      cpuModel: "AMD EPYC 7B13",
      cores: 2,
      memoryBytes: 8_323_000_000,
      node: "v20.20.2",
      loadline: "0.1.0",
    },
    labels: { version: "4.2.0", commit: "8c1f2e7" },
    startedAt: "2026-03-14T02:00:00.000Z",
    ...(status === "running" ? {} : { endedAt: new Date(Date.UTC(2026, 2, 14, 2) + seconds * 1000).toISOString() }),
    status,
    ...(status === "interrupted" ? { endReason: "stopped by SIGINT", exitCode: 105 } : {}),
    validity: fine
      ? { state: "valid", reasons: [] }
      : some
        ? {
            state: "unknown",
            reasons: [{ code: "run.interrupted", text: "The run was cut off before its planned end." }],
          }
        : {
            state: "invalid",
            reasons: [{ code: "samples.none", text: "No request was made, so there is nothing to judge." }],
          },
    load: {
      openModel: true,
      durationMs: seconds * 1000,
      plannedArrivals: requests,
      started: requests,
      dropped: 0,
      droppedByUs: 0,
      unanswered: 0,
      interrupted: 0,
      plannedRate: rate,
      achievedRate: some ? rate : 0,
      latenessMs: some
        ? {
            p50: ms("iteration_lateness", 0.5),
            p95: ms("iteration_lateness", 0.95),
            p99: ms("iteration_lateness", 0.99),
            p999: ms("iteration_lateness", 0.999),
            max: ms("iteration_lateness", 1),
          }
        : { p50: 0, p95: 0, p99: 0, p999: 0, max: 0 },
      longestStallMs: round(Math.max(0, ...windows.map((window) => window.engine.longestStallMs))),
      gcMs: round(windows.reduce((sum, window) => sum + window.engine.gcMs, 0)),
      harnessCpuCores: 0.155,
      harnessRssMaxBytes: 93_900_000,
      ownSocketErrors: 0,
    },
    summary: {
      metrics: some
        ? {
            checks: {
              type: "rate",
              contains: "default",
              values: { rate: 1 - ratio, passes: requests - failedTotal, fails: failedTotal },
            },
            data_received: counter(requests * 840, "data"),
            data_sent: counter(requests * 120, "data"),
            dropped_iterations: counter(0),
            http_req_duration: trend("http_req_duration"),
            http_req_failed: {
              type: "rate",
              contains: "default",
              values: { rate: ratio, passes: failedTotal, fails: requests - failedTotal },
            },
            http_req_response_time: trend("http_req_response_time"),
            http_req_waiting: trend("http_req_waiting"),
            http_reqs: counter(requests),
            iteration_duration: trend("iteration_duration"),
            iteration_lateness: trend("iteration_lateness"),
            iterations: counter(requests),
            vus: { type: "gauge", contains: "default", values: { value: 20, min: 20, max: 50 } },
            vus_max: { type: "gauge", contains: "default", values: { value: 50, min: 50, max: 50 } },
          }
        : {},
      root_group: {
        name: "",
        path: "",
        id: "d41d8cd98f00b204e9800998ecf8427e",
        groups: [],
        checks: some
          ? [
              {
                name: "status is 200",
                path: "::status is 200",
                id: "a",
                passes: requests - failedTotal,
                fails: failedTotal,
              },
              { name: "body is not empty", path: "::body is not empty", id: "b", passes: requests, fails: 0 },
            ]
          : [],
      },
      state: { testRunDurationMs: seconds * 1000, isStdOutTTY: true, isStdErrTTY: true },
    },
    thresholds: [
      {
        metric: "http_req_duration",
        expression: "p(95)<200",
        ok: p95 !== null && p95 < 200,
        observed: p95,
        limit: 200,
        abortOnFail: false,
      },
      {
        metric: "http_req_response_time",
        expression: "p(99)<500",
        ok: p99 !== null && p99 < 500,
        observed: p99,
        limit: 500,
        abortOnFail: false,
      },
      {
        metric: "http_req_failed",
        expression: "rate<0.01",
        ok: ratio < 0.01,
        observed: some ? ratio : null,
        limit: 0.01,
        abortOnFail: true,
      },
    ],
    resources:
      resources.length === 0
        ? []
        : [
            {
              source: "target",
              samples: resources.length,
              rssBytes: quantilesOf((sample) => sample.rssBytes),
              pssBytes: quantilesOf((sample) => sample.pssBytes),
              heapBytes: quantilesOf((sample) => sample.heapBytes),
              cpuCores: quantilesOf((sample) => sample.cpuCores),
              fds: quantilesOf((sample) => sample.fds),
              threads: quantilesOf((sample) => sample.threads),
              events: [],
            },
          ],
    totals: {},
    warnings: ["The option dns is not acted on."],
  };
}

/** A decision that fits the record: thresholds first, then the comparison's word. */
export function syntheticDecision(record: RunRecord, comparison?: Comparison): Decision {
  const { manifest } = record;
  const failed = manifest.thresholds.filter((threshold) => !threshold.ok);
  const word =
    manifest.validity.state === "invalid"
      ? "INVALID"
      : failed.length > 0
        ? "FAIL"
        : comparison?.verdict === "regressed"
          ? "REGRESSED"
          : manifest.status !== "complete"
            ? "INCONCLUSIVE"
            : "PASS";
  const sentence = {
    INVALID: "The run cannot be judged: no request was made.",
    FAIL: `${failed.length} of ${manifest.thresholds.length} thresholds failed; the first is ${failed[0]?.metric} ${failed[0]?.expression}.`,
    REGRESSED: comparison?.reason ?? "",
    INCONCLUSIVE: "The run ended early, so it proves nothing either way.",
    PASS: comparison?.reason ?? "All thresholds held; there is no baseline to compare with.",
  }[word];
  return {
    word,
    sentence,
    rows: [
      ...(comparison?.rows ?? []).slice(0, 5).map((row) => ({
        what: `${row.series} ${row.statistic}`,
        limit: `at most +${row.margin * 100} %`,
        observed: row.change === null ? "–" : `${row.change >= 0 ? "+" : ""}${(row.change * 100).toFixed(1)} %`,
        margin: row.verdict === "regressed" ? "beyond the margin" : "within the margin",
        verdict: row.verdict,
      })),
      ...manifest.thresholds.map((threshold) => ({
        what: threshold.metric,
        limit: threshold.expression,
        observed: threshold.observed === null ? "–" : String(threshold.observed),
        margin: threshold.ok ? "below the limit" : "above the limit",
        verdict: threshold.ok ? ("pass" as const) : ("fail" as const),
      })),
    ].slice(0, 8),
  };
}

/** A comparison of the record against a baseline that was faster by the given factor. */
export function syntheticComparison(record: RunRecord, factor = 1.02): Comparison {
  const worse = factor > 1.05;
  const row = (series: string, q: number, gating: boolean): ComparisonRow => {
    const candidate = round(quantile(record.totals.get(series)!, q) / 1000);
    return {
      series,
      statistic: `p(${q * 100})`,
      gating,
      unit: "ms",
      better: "lower",
      baseline: round(candidate / factor),
      candidate,
      change: round(factor - 1),
      interval: { low: round(factor - 1 - 0.034), high: round(factor - 1 + 0.035), level: 0.95 },
      margin: 0.05,
      verdict: worse ? "regressed" : gating ? "pass" : "inconclusive",
      reason: worse
        ? "The whole interval lies above zero and reaches beyond the margin."
        : "The interval stays inside the margin.",
      moreRuns: worse || gating ? null : 4,
    };
  };
  return {
    schema: "loadline.comparison/1",
    scenario: "api-baseline",
    baseline: { name: "main", runs: ["r1", "r2", "r3"], acceptedAt: "2026-03-01T10:00:00Z" },
    candidate: { runs: [record.manifest.id] },
    verdict: worse ? "regressed" : "pass",
    reason: worse
      ? `Response time p95 rose by ${((factor - 1) * 100).toFixed(1)} % against the baseline main, beyond the margin of 5 %.`
      : "No gating series is slower than the baseline main by more than 5 %, and the thresholds held.",
    rows: [
      row("http_req_response_time", 0.95, true),
      row("http_req_response_time", 0.5, true),
      row("http_req_response_time", 0.99, true),
      {
        series: "http_req_failed",
        statistic: "rate",
        gating: true,
        unit: "ratio",
        better: "lower",
        baseline: 0.0004,
        candidate: 0.0005,
        change: 0.0001,
        interval: { low: -0.0003, high: 0.0004, level: 0.95 },
        margin: 0.005,
        verdict: "pass",
        reason: "The interval stays inside the margin.",
        moreRuns: null,
      },
      row("iteration_duration", 0.95, false),
    ],
    differences: [
      { field: "environment.kernel", baseline: "6.1.0-17-amd64", candidate: "6.1.0-18-amd64", must: false },
      { field: "labels.version", baseline: "4.1.9", candidate: "4.2.0", must: false },
    ],
    warnings: ["The baseline has three runs; five would narrow the intervals."],
  };
}

/** The baseline's histograms for {@link syntheticComparison}: the same world, faster by the factor. */
export function syntheticBaselineTotals(
  options: SyntheticOptions = {},
  factor = 1.02,
): ReadonlyMap<string, HistogramData> {
  return syntheticRun({ ...options, latencyScale: (options.latencyScale ?? 1) / factor, stallAt: -1, seed: 7 }).totals;
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
