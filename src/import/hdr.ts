import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import type { HistogramData } from "../model/histogram.js";
import { Problem } from "../model/problem.js";
import { Histogram } from "../stats/histogram.js";
import type { ForeignTotals } from "./imported.js";

/** Microseconds of one unit of the log's values. */
export const hdrUnits: Readonly<Record<string, number>> = { ns: 1e-3, us: 1, ms: 1e3, s: 1e6 };

const intervalForm = /^(?:Tag=([^,]*),)?(\d+(?:\.\d*)?),(\d+(?:\.\d*)?),(\d+(?:\.\d*)?),(\S+)$/;
const ownSeries = /^#\[Series: id=(\d+) metric=(\S+) type=trend .*tags=(\{.*\})\]$/;

/**
 * An HdrHistogram interval log of any tool, with any number of digits.
 *
 * @param unit what the values count; undefined for a log of our own, which says so itself
 * @throws {Problem} `import.unit-missing`, or `import.line-invalid` with the line's number
 */
export function hdrLog(text: string, path: string, unit: string | undefined, metric: string): ForeignTotals {
  const names = new Map<string, { readonly metric: string; readonly tags: Readonly<Record<string, string>> }>();
  const intervals: NonNullable<ForeignTotals["intervals"]>[number][] = [];
  const totals = new Map<string, { readonly key: (typeof intervals)[number]["key"]; readonly histogram: Histogram }>();
  let startedAtMs: number | undefined;
  let baseMs: number | undefined;
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line === "" || line.startsWith('"')) continue;
    if (line.startsWith("#")) {
      const own = ownSeries.exec(line);
      if (own !== null)
        names.set(own[1]!, {
          metric: decodeURIComponent(own[2]!),
          tags: JSON.parse(own[3]!) as Record<string, string>,
        });
      const time = /^#\[(StartTime|BaseTime): ([\d.]+)/.exec(line);
      if (time?.[1] === "StartTime") startedAtMs = Number(time[2]) * 1000;
      if (time?.[1] === "BaseTime") baseMs = Number(time[2]) * 1000;
      continue;
    }
    const match = intervalForm.exec(line);
    if (match === null) throw invalid(path, i, line);
    const [, tag, start, length, , packed] = match;
    const named = tag === undefined ? undefined : names.get(tag);
    const scale = named === undefined ? scaleOf(unit, path) : 1;
    const key = named ?? { metric, tags: tag === undefined ? ({} as Record<string, string>) : { name: tag } };
    const histogram = unpack(packed!, scale, path, i, line);
    // Without a base time, stamps are seconds since the epoch or since the start; a small number can only be the latter.
    const at = Number(start) * 1000;
    const startMs = baseMs !== undefined || startedAtMs === undefined || at < startedAtMs ? at : at - startedAtMs;
    intervals.push({ key, startMs, lengthMs: Number(length) * 1000, histogram });
    const name = JSON.stringify(key);
    let total = totals.get(name);
    if (total === undefined) {
      total = { key, histogram: new Histogram() };
      totals.set(name, total);
    }
    total.histogram.merge(histogram);
  }
  if (intervals.length === 0) throw invalid(path, 0, "no interval");
  return {
    histograms: [...totals.values()].map(({ key, histogram }) => ({ key, histogram: histogram.toData() })),
    metrics: {},
    rootGroup: undefined,
    startedAtMs: startedAtMs ?? baseMs,
    durationMs: Math.max(...intervals.map(({ startMs, lengthMs }) => startMs + lengthMs)),
    intervals,
  };
}

function scaleOf(unit: string | undefined, path: string): number {
  const scale = unit === undefined ? undefined : hdrUnits[unit];
  if (scale !== undefined) return scale;
  throw new Problem("import.unit-missing", "The log does not say what its values count.", {
    at: path,
    found: unit,
    expected: Object.keys(hdrUnits).join(", "),
    hint: "Name it with --unit; most Java tools write nanoseconds or microseconds.",
  });
}

function unpack(packed: string, scale: number, path: string, index: number, line: string): HistogramData {
  const histogram = new Histogram();
  try {
    const foreign = decodeFromCompressedBase64(packed, 64, false);
    for (const { value, count } of recordedValues(foreign)) histogram.record(value * scale, count);
  } catch {
    throw invalid(path, index, line);
  }
  return histogram.toData();
}

type ForeignHistogram = ReturnType<typeof decodeFromCompressedBase64>;

/** What every JavaScript histogram of the library has beyond its common interface. */
interface Layout {
  readonly countsArrayLength: number;
  getCountAtIndex(index: number): number;
  valueFromIndex(index: number): number;
  medianEquivalentValue(value: number): number;
}

/** The used buckets with the value in their middle, whatever the histogram's digits. */
function* recordedValues(foreign: ForeignHistogram): Generator<{ readonly value: number; readonly count: number }> {
  // Decoded without WebAssembly, so it is one of the classes that have these.
  const layout = foreign as unknown as Layout;
  for (let i = 0; i < layout.countsArrayLength; i += 1) {
    const count = layout.getCountAtIndex(i);
    if (count > 0) yield { value: layout.medianEquivalentValue(layout.valueFromIndex(i)), count };
  }
}

const distributionRow = /^\s*([\d.]+)\s+([\d.]+)\s+(\d+)(?:\s+[\d.]+|\s+inf)?\s*$/i;

/**
 * A percentile distribution as text: HdrHistogram's, wrk2's, and vegeta's `hdrplot`, in milliseconds.
 *
 * @returns undefined where the text is another
 */
export function hdrDistribution(text: string): ForeignTotals | undefined {
  const lines = text.split(/\r?\n/);
  if (!lines.some((line) => /Value.*Percentile.*TotalCount/i.test(line))) return undefined;
  const histogram = new Histogram();
  let before = 0;
  for (const line of lines) {
    const match = distributionRow.exec(line);
    if (match === null) continue;
    const total = Number(match[3]);
    if (total > before) histogram.record(Number(match[1]) * 1000, total - before);
    before = Math.max(before, total);
  }
  if (histogram.count === 0) return undefined;
  const key = { metric: "http_req_duration", tags: {} };
  return {
    histograms: [{ key, histogram: histogram.toData() }],
    metrics: {},
    rootGroup: undefined,
    startedAtMs: undefined,
    durationMs: undefined,
  };
}

function invalid(path: string, index: number, line: string): Problem {
  return new Problem("import.line-invalid", "A line of the log is no interval.", {
    at: `${path}:${index + 1}`,
    found: line.length > 80 ? `${line.slice(0, 79)}…` : line,
    expected: "start,length,max,histogram",
    hint: "Nothing was imported. Remove a torn last line.",
  });
}
