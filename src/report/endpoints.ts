import { type SeriesKey, seriesName } from "../model/metric.js";
import type { RunRecord } from "../model/run.js";
import { mean, quantile } from "../stats/histogram.js";
import { round } from "./time-lines.js";

/** What one named request did over the whole run; times in milliseconds. */
export interface EndpointRow {
  readonly name: string;
  readonly requests: number;
  readonly failed: number | null;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Service time's p95, to show how much of the response time is queueing. */
  readonly serviceP95Ms: number | null;
}

/** One row a value of the `name` tag, the most requested first. */
export function makeEndpoints(record: RunRecord, openModel: boolean): EndpointRow[] {
  const metric = openModel ? "http_req_response_time" : "http_req_duration";
  const rows: EndpointRow[] = [];
  for (const name of endpointNames(record, metric)) {
    const key = (metric: string): string => seriesName({ metric, tags: { name } } satisfies SeriesKey);
    const total = record.totals.get(key(metric))!;
    const service = record.totals.get(key("http_req_duration"));
    const failedKey = key("http_req_failed");
    let failed: number | null = null;
    for (const window of record.windows) {
      const rate = window.rates[failedKey];
      if (rate !== undefined) failed = (failed ?? 0) + rate[0];
    }
    const ms = (q: number): number => round(quantile(total, q) / 1000);
    rows.push({
      name,
      requests: total.count,
      failed,
      meanMs: round(mean(total) / 1000),
      p50Ms: ms(0.5),
      p95Ms: ms(0.95),
      p99Ms: ms(0.99),
      maxMs: round(total.max / 1000),
      serviceP95Ms: openModel && service !== undefined ? round(quantile(service, 0.95) / 1000) : null,
    });
  }
  return rows.sort((a, b) => b.requests - a.requests || (a.name < b.name ? -1 : 1));
}

/** From the keys of totals: a name may hold any character, so only the fixed parts around it are relied on. */
function endpointNames(record: RunRecord, metric: string): string[] {
  const prefix = `${metric}{name:`;
  const names: string[] = [];
  for (const [key, total] of record.totals) {
    if (!key.startsWith(prefix) || !key.endsWith("}") || total.count === 0) continue;
    const tags = record.histories.get(key)?.series.tags;
    if (tags !== undefined && (Object.keys(tags).length !== 1 || tags.name === undefined)) continue;
    names.push(tags?.name ?? key.slice(prefix.length, -1));
  }
  return names;
}
