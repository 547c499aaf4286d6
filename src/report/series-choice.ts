import type { HistogramData } from "../model/histogram.js";
import type { RunRecord, SeriesHistory } from "../model/run.js";

/** A trend as the report shows it: its name, what to call it, its seconds and its whole. */
export interface ChosenTrend {
  readonly name: string;
  readonly label: string;
  readonly history: SeriesHistory | undefined;
  readonly total: HistogramData | undefined;
}

const labels: Readonly<Record<string, string>> = {
  http_req_response_time: "response time",
  http_req_duration: "service time",
  iteration_duration: "iteration duration",
};

/**
 * The trend that stands for the run: response time where arrivals had due times, else service time,
 * else the duration of an iteration.
 *
 * @returns undefined where nothing was measured
 */
export function headlineTrend(record: RunRecord): ChosenTrend | undefined {
  const open = record.manifest.load?.openModel ?? true;
  const names = [...(open ? ["http_req_response_time"] : []), "http_req_duration", "iteration_duration"];
  for (const name of names) {
    const trend = trendOf(record, name);
    if (trend !== undefined) return trend;
  }
  return undefined;
}

/** @returns undefined where the run has no such samples */
export function trendOf(record: RunRecord, name: string): ChosenTrend | undefined {
  const history = record.histories.get(name);
  const total = record.totals.get(name);
  const counted = (total?.count ?? 0) > 0 || history?.lines.some((line) => line.histogram.count > 0) === true;
  return counted ? { name, label: labels[name] ?? name, history, total } : undefined;
}
