import { join } from "node:path";
import type { HistogramData } from "../model/histogram.js";
import { seriesName } from "../model/metric.js";
import { Problem } from "../model/problem.js";
import type { SeriesHistory } from "../model/run.js";
import type { Series } from "../model/window.js";
import { Histogram } from "../stats/histogram.js";
import { decodeHistogram } from "./codec.js";
import { runFiles } from "./folder.js";
import { parseInterval, parseSeriesComment } from "./interval-log.js";
import { type DamageNotes, forEachLine } from "./log-lines.js";

type Line = SeriesHistory["lines"][number];

/**
 * A line whose histogram is decoded at each access, in some 20 µs: decoded, an hour of windows would take a gigabyte,
 * and as text it takes the file's own ten megabytes.
 */
class StoredLine implements Line {
  readonly #bytes: Buffer;
  readonly #from: number;
  readonly #to: number;
  readonly #max: number;

  constructor(
    readonly startMs: number,
    readonly lengthMs: number,
    bytes: Buffer,
    from: number,
    to: number,
    max: number,
  ) {
    this.#bytes = bytes;
    this.#from = from;
    this.#to = to;
    this.#max = max;
  }

  get histogram(): HistogramData {
    return decodeHistogram(this.#bytes.toString("latin1", this.#from, this.#to), undefined, this.#max);
  }
}

export interface WindowsLog {
  readonly series: readonly Series[];
  /** Trends by series name, in the order of their first line. */
  readonly histories: ReadonlyMap<string, SeriesHistory>;
  /** The same merged over the whole run; empty unless asked for. */
  readonly totals: ReadonlyMap<string, HistogramData>;
  readonly notes: DamageNotes;
}

/**
 * Reads `windows.hlog` and decodes every line once, so that what is handed out can be decoded again.
 *
 * @param withTotals merge the lines of each series too, for a run that was cut off before it could store its totals
 */
export function readWindowsLog(folder: string, withTotals: boolean): WindowsLog {
  const series = new Map<number, Series>();
  const names = new Map<number, string>();
  const histories = new Map<string, { series: Series; lines: Line[] }>();
  const totals = new Map<string, Histogram>();
  const notes = forEachLine(join(folder, runFiles.windows), (bytes, from, to) => {
    if (bytes[from] === hash) {
      const comment = bytes.toString("utf8", from, to);
      if (!comment.startsWith("#[Series:")) return;
      const found = parseSeriesComment(comment);
      if (found === undefined) throw new Error("The comment names no series.");
      if (series.has(found.id)) throw new Error(`The series ${found.id} is named twice.`);
      series.set(found.id, found);
      names.set(found.id, seriesName(found));
      return;
    }
    if (bytes[from] === quote) return;
    const line = bytes.toString("latin1", from, to);
    const interval = parseInterval(line);
    if (interval === undefined) throw new Error("This is no interval.");
    const { id, startMs, lengthMs, max, textAt } = interval;
    const name = names.get(id);
    if (name === undefined) throw new Error(`The series ${id} was never named.`);
    const histogram = decode(line.slice(textAt), max);
    let history = histories.get(name);
    if (history === undefined) {
      history = { series: series.get(id)!, lines: [] };
      histories.set(name, history);
    }
    history.lines.push(new StoredLine(startMs, lengthMs, bytes, from + textAt, to, max));
    if (!withTotals) return;
    let total = totals.get(name);
    if (total === undefined) {
      total = new Histogram();
      totals.set(name, total);
    }
    total.merge(histogram);
  });
  const merged = new Map([...totals].map(([name, total]) => [name, total.toData()]));
  return { series: [...series.values()], histories, totals: merged, notes };
}

const hash = "#".charCodeAt(0);
const quote = '"'.charCodeAt(0);

function decode(text: string, max: number): HistogramData {
  try {
    return decodeHistogram(text, undefined, max);
  } catch (error) {
    throw error instanceof Problem ? new Error(`The histogram cannot be read: ${String(error.found)}.`) : error;
  }
}
