import { builtInMetrics } from "../model/metric.js";
import type { MetricSummary } from "../model/run.js";
import { Histogram } from "../stats/histogram.js";
import type { ForeignSample, ForeignTotals } from "./imported.js";
import { invalidLine, objectOf } from "./k6-samples.js";

/** Results of `vegeta encode --to json`: a line a request, nanoseconds. */
export async function* vegetaSamples(lines: AsyncIterable<string>, path: string): AsyncGenerator<ForeignSample> {
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === "") continue;
    const at = `${path}:${number}`;
    const hit = objectOf(line, at);
    const { code, latency, timestamp, error, bytes_in: received, bytes_out: sent, method, url } = hit;
    const begun = Date.parse(String(timestamp));
    if (typeof code !== "number" || typeof latency !== "number" || Number.isNaN(begun)) throw invalidLine(at, line);
    const durationMs = latency / 1e6;
    const timeMs = begun + durationMs;
    const ok = code >= 200 && code < 400;
    const tags = {
      status: String(code),
      expected_response: String(ok),
      ...(typeof method === "string" && method !== "" ? { method } : {}),
      ...(typeof url === "string" && url !== "" ? { name: url, url } : {}),
      ...(typeof error === "string" && error !== "" ? { error } : {}),
    };
    const m = builtInMetrics;
    yield { timeMs, metric: m.http_reqs, value: 1, tags };
    yield { timeMs, metric: m.http_req_duration, value: durationMs, tags };
    yield { timeMs, metric: m.http_req_failed, value: ok ? 0 : 1, tags };
    if (typeof received === "number") yield { timeMs, metric: m.data_received, value: received, tags };
    if (typeof sent === "number") yield { timeMs, metric: m.data_sent, value: sent, tags };
  }
}

/** `vegeta report --type=json`. Values that are absent stay absent. */
export function vegetaReport(report: Readonly<Record<string, unknown>>): ForeignTotals {
  const latencies = (report.latencies ?? {}) as Readonly<Record<string, unknown>>;
  const ms = (name: string): number | undefined =>
    typeof latencies[name] === "number" ? (latencies[name] as number) / 1e6 : undefined;
  const number = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
  const requests = number(report.requests);
  const success = number(report.success);
  const durationNs = number(report.duration);
  const metrics: Record<string, MetricSummary> = {};
  const put = (name: string, base: Omit<MetricSummary, "values">, values: Record<string, number | undefined>): void => {
    const known = Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== undefined);
    if (known.length > 0) metrics[name] = { ...base, values: Object.fromEntries(known) };
  };
  put(
    "http_req_duration",
    { type: "trend", contains: "time" },
    {
      avg: ms("mean"),
      min: ms("min"),
      med: ms("50th"),
      max: ms("max"),
      "p(90)": ms("90th"),
      "p(95)": ms("95th"),
      "p(99)": ms("99th"),
    },
  );
  put("http_reqs", { type: "counter", contains: "default" }, { count: requests, rate: number(report.rate) });
  if (requests !== undefined && success !== undefined) {
    const passed = Math.round(requests * success);
    put(
      "http_req_failed",
      { type: "rate", contains: "default" },
      {
        rate: 1 - success,
        passes: requests - passed,
        fails: passed,
      },
    );
  }
  for (const [name, part] of [
    ["data_received", report.bytes_in],
    ["data_sent", report.bytes_out],
  ] as const) {
    put(
      name,
      { type: "counter", contains: "data" },
      { count: number((part as { total?: unknown } | undefined)?.total) },
    );
  }
  const startedAtMs = Date.parse(String(report.earliest));
  return {
    histograms: bucketHistogram(report.buckets),
    metrics,
    rootGroup: undefined,
    startedAtMs: Number.isNaN(startedAtMs) ? undefined : startedAtMs,
    durationMs: durationNs === undefined ? undefined : durationNs / 1e6,
  };
}

/** Buckets by their lower bound in nanoseconds. */
function bucketHistogram(buckets: unknown): ForeignTotals["histograms"] {
  if (typeof buckets !== "object" || buckets === null) return [];
  const bounds = Object.entries(buckets)
    .map(([from, count]) => ({ fromUs: Number(from) / 1000, count: Number(count) }))
    .sort((a, b) => a.fromUs - b.fromUs);
  return [upperBounds(bounds)];
}

const lineForm = /^\[\s*([\d.]+\D*?)\s*,\s*(\+Inf|[\d.]+\D*?)\s*\]\s+(\d+)\s/;

/**
 * The text of `vegeta report --type='hist[…]'`.
 *
 * @returns undefined where the text is another
 */
export function vegetaHistogram(text: string): ForeignTotals | undefined {
  const bounds: { fromUs: number; count: number }[] = [];
  for (const line of text.split("\n")) {
    const match = lineForm.exec(line);
    if (match !== null) bounds.push({ fromUs: microseconds(match[1]!), count: Number(match[3]) });
  }
  if (bounds.length === 0 || bounds.some(({ fromUs }) => Number.isNaN(fromUs))) return undefined;
  return {
    histograms: [upperBounds(bounds)],
    metrics: {},
    rootGroup: undefined,
    startedAtMs: undefined,
    durationMs: undefined,
  };
}

/** Where in its bucket a value lies is unknown: the upper bound errs to the slow side. The last bucket has none. */
function upperBounds(bounds: readonly { fromUs: number; count: number }[]): ForeignTotals["histograms"][number] {
  const histogram = new Histogram();
  for (const [i, { fromUs, count }] of bounds.entries()) {
    if (count > 0) histogram.record(bounds[i + 1]?.fromUs ?? fromUs, count);
  }
  return { key: { metric: "http_req_duration", tags: {} }, histogram: histogram.toData() };
}

function microseconds(text: string): number {
  const match = /^([\d.]+)(ns|us|µs|ms|s|m|h)?$/.exec(text.trim());
  if (match === null) return Number.NaN;
  const units: Readonly<Record<string, number>> = { ns: 1e-3, us: 1, µs: 1, ms: 1e3, s: 1e6, m: 6e7, h: 3.6e9 };
  return Number(match[1]) * (units[match[2] ?? "s"] ?? Number.NaN);
}
