import type { Series, SeriesValue, WindowBatch } from "../model/window.js";
import { Histogram } from "../stats/histogram.js";
import { combine } from "./totals.js";

/** Runs up to this long have room for every endpoint in every window. */
const shortRunMs = 10 * 60_000;

/**
 * How many windows one line of the log holds.
 *
 * An hour at 1,000 requests a second must stay under 10 MB: response and service time go into every window, endpoints
 * and lateness of a long run into lines of ten seconds, and all other trends into lines of a minute.
 */
export function windowsPerLine(series: Series, runMs: number): number {
  if (series.type !== "trend") return 1;
  const isTime = series.metric === "http_req_duration" || series.metric === "http_req_response_time";
  const names = Object.keys(series.tags);
  if (isTime && names.length === 0) return 1;
  const isEndpoint = isTime && names.length === 1 && names[0] === "name";
  if (isEndpoint || series.metric === "iteration_lateness") return runMs <= shortRunMs ? 1 : 10;
  return 60;
}

/**
 * Holds series back that share a line with later windows, and lets them through merged.
 *
 * Thresholds need every series each second; the log does not.
 */
export class LongLines {
  private readonly perLine = new Map<number, number>();
  private readonly held = new Map<number, SeriesValue>();
  /** Of the lines that the last batch took with it: of another minute's, V8 would know only in its next full collection. */
  private readonly spare = new Map<number, Histogram>();

  /** @param runMs the run's planned length */
  constructor(private readonly runMs: number) {}

  /**
   * @returns the batch as the log should hold it; everything held back comes with the last one. Its histograms are valid until
   *   the next call
   */
  fold(batch: WindowBatch): WindowBatch {
    const newSeries = batch.newSeries.map((series) => ({
      ...series,
      windowsPerLine: windowsPerLine(series, this.runMs),
    }));
    for (const series of newSeries) this.perLine.set(series.id, series.windowsPerLine);
    const values: { id: number; value: SeriesValue }[] = [];
    for (const entry of batch.values) {
      if ((this.perLine.get(entry.id) ?? 1) <= 1) values.push(entry);
      else this.held.set(entry.id, combine(this.held.get(entry.id) ?? this.emptied(entry.id), entry.value));
    }
    for (const [id, value] of this.held) {
      if (batch.last || (batch.index + 1) % this.perLine.get(id)! === 0) {
        values.push({ id, value });
        this.held.delete(id);
        if (value.kind === "trend" && value.histogram instanceof Histogram) this.spare.set(id, value.histogram);
      }
    }
    return { ...batch, newSeries, values };
  }

  private emptied(id: number): SeriesValue | undefined {
    const histogram = this.spare.get(id);
    if (histogram === undefined) return undefined;
    histogram.clear();
    return { kind: "trend", histogram };
  }
}
