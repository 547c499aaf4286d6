import type { HistogramData } from "../model/histogram.js";
import type { Series } from "../model/window.js";
import { encodeHistogram } from "./codec.js";

/**
 * The head of `windows.hlog`, as HdrHistogram's own log writer makes it. Times of lines count from the start.
 *
 * @param startedAt milliseconds since the epoch
 */
export function logHead(startedAt: number): string {
  const seconds = (startedAt / 1000).toFixed(3);
  return [
    "#[Histogram log format version 1.3]",
    `#[StartTime: ${seconds} (seconds since epoch), ${new Date(startedAt).toISOString()}]`,
    `#[BaseTime: ${seconds} (seconds since epoch)]`,
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    "",
  ].join("\n");
}

/** The comment that gives an id its name; other tools skip it. */
export function seriesComment(series: Series): string {
  const { id, metric, type, contains, windowsPerLine, tags } = series;
  const words = `id=${id} metric=${encodeURIComponent(metric)} type=${type} contains=${contains}`;
  return `#[Series: ${words} windowsPerLine=${windowsPerLine} tags=${JSON.stringify(tags)}]\n`;
}

const commentForm =
  /^#\[Series: id=(\d{1,9}) metric=(\S+) type=(counter|gauge|rate|trend) contains=(time|data|default) windowsPerLine=(\d{1,9}) tags=(\{.*\})\]$/;

/** @returns the series, or undefined where the line is another or a damaged comment */
export function parseSeriesComment(line: string): Series | undefined {
  const match = commentForm.exec(line);
  if (match === null) return undefined;
  try {
    const tags: unknown = JSON.parse(match[6]!);
    if (typeof tags !== "object" || tags === null) return undefined;
    if (!Object.values(tags).every((value) => typeof value === "string")) return undefined;
    return {
      id: Number(match[1]),
      metric: decodeURIComponent(match[2]!),
      // The form admits no other words.
      type: match[3] as Series["type"],
      contains: match[4] as Series["contains"],
      windowsPerLine: Number(match[5]),
      tags: tags as Record<string, string>,
    };
  } catch {
    return undefined;
  }
}

/**
 * One interval. `Interval_Max` is the exact maximum divided by 1,000: milliseconds of a time, the plain number otherwise.
 */
export function intervalLine(id: number, startMs: number, lengthMs: number, histogram: HistogramData): string {
  const times = `${(startMs / 1000).toFixed(3)},${(lengthMs / 1000).toFixed(3)}`;
  return `Tag=${id},${times},${(histogram.max / 1000).toFixed(3)},${encodeHistogram(histogram, 2)}\n`;
}

/** An interval as the log holds it; the histogram is still text. */
export interface Interval {
  readonly id: number;
  readonly startMs: number;
  readonly lengthMs: number;
  /** In the histogram's unit. */
  readonly max: number;
  /** Where the text of the histogram begins in the line. */
  readonly textAt: number;
}

const intervalForm = /^Tag=(\d{1,9}),(\d{1,12}\.?\d*),(\d{1,12}\.?\d*),(\d{1,16}\.?\d*),/;

/** @returns undefined where the line has another form */
export function parseInterval(line: string): Interval | undefined {
  const match = intervalForm.exec(line);
  if (match === null) return undefined;
  return {
    id: Number(match[1]),
    startMs: Math.round(Number(match[2]) * 1000),
    lengthMs: Math.round(Number(match[3]) * 1000),
    max: Math.round(Number(match[4]) * 1000),
    textAt: match[0].length,
  };
}
