import { builtInMetrics, type Metric, type MetricContains, type MetricType, type Tags } from "../model/metric.js";
import { Problem } from "../model/problem.js";
import { type ForeignSample, metricOf } from "./imported.js";

const types: readonly string[] = ["counter", "gauge", "rate", "trend"] satisfies MetricType[];
const contents: readonly string[] = ["time", "data", "default"] satisfies MetricContains[];

/**
 * Reads k6's JSON output line by line: remembers the metrics that it has seen defined.
 *
 * @returns for a line: its sample, "definition" for a metric's first mention, undefined for what k6 does not write
 */
export function k6JsonLines(): (line: string) => ForeignSample | "definition" | undefined {
  const metrics = new Map<string, Metric>();
  return (line) => {
    const found = objectIn(line);
    if (found === undefined) return undefined;
    const { type, metric: name, data } = found;
    if (typeof name !== "string" || typeof data !== "object" || data === null) return undefined;
    if (type === "Metric") {
      const { type: kind, contains } = data as Record<string, unknown>;
      if (!types.includes(kind as string) || !contents.includes(contains as string)) return undefined;
      metrics.set(name, metricOf(name, kind as MetricType, contains as MetricContains));
      return "definition";
    }
    const { time, value, tags } = data as Record<string, unknown>;
    const metric = metrics.get(name);
    const timeMs = Date.parse(String(time));
    if (type !== "Point" || metric === undefined || typeof value !== "number" || Number.isNaN(timeMs)) return undefined;
    return { timeMs, metric, value, tags: tagsOf(tags) };
  };
}

/**
 * k6's JSON output.
 *
 * @throws {Problem} `import.line-invalid` with the line's number
 */
export async function* k6JsonSamples(lines: AsyncIterable<string>, path: string): AsyncGenerator<ForeignSample> {
  const read = k6JsonLines();
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === "") continue;
    const found = read(line);
    if (found === undefined) throw invalidLine(`${path}:${number}`, line);
    if (found !== "definition") yield found;
  }
}

/**
 * k6's CSV output. It does not say of what type a metric is: k6's own are known, others become trends.
 *
 * @param onUnknown told once of each metric whose type was taken for a trend
 * @throws {Problem} `import.line-invalid`
 */
export async function* k6CsvSamples(
  lines: AsyncIterable<string>,
  path: string,
  onUnknown: (metric: string) => void,
): AsyncGenerator<ForeignSample> {
  const known = new Map<string, Metric>(Object.entries(builtInMetrics));
  let columns: string[] | undefined;
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line === "") continue;
    const cells = csvCells(line);
    if (columns === undefined) {
      columns = cells;
      continue;
    }
    const row = new Map(columns.map((column, i) => [column, cells[i] ?? ""]));
    const name = row.get("metric_name") ?? "";
    const timeMs = timestampMs(row.get("timestamp") ?? "");
    const value = Number(row.get("metric_value"));
    if (name === "" || !Number.isFinite(timeMs) || !Number.isFinite(value))
      throw invalidLine(`${path}:${number}`, line);
    let metric = known.get(name);
    if (metric === undefined) {
      metric = metricOf(name, "trend");
      known.set(name, metric);
      onUnknown(name);
    }
    const tags: Record<string, string> = {};
    for (const [column, cell] of row) {
      if (cell !== "" && !notTags.has(column)) tags[column] = cell;
    }
    for (const pair of (row.get("extra_tags") ?? "").split("&")) {
      const equals = pair.indexOf("=");
      if (equals > 0) tags[pair.slice(0, equals)] = pair.slice(equals + 1);
    }
    yield { timeMs, metric, value, tags };
  }
}

const notTags = new Set(["metric_name", "timestamp", "metric_value", "extra_tags", "metadata"]);

/** Seconds as k6 writes them, or RFC 3339 where its time format was changed. */
function timestampMs(text: string): number {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}

/** RFC 4180, without line breaks in cells. */
function csvCells(line: string): string[] {
  const cells: string[] = [];
  const form = /("(?:[^"]|"")*"|[^,]*)(,|$)/g;
  for (let match = form.exec(line); match !== null; match = form.exec(line)) {
    const cell = match[1]!;
    cells.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (match[2] === "") break;
  }
  return cells;
}

function tagsOf(value: unknown): Tags {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** @throws {Problem} `import.line-invalid` */
export function objectOf(line: string, at: string): Readonly<Record<string, unknown>> {
  const value = objectIn(line);
  if (value === undefined) throw invalidLine(at, line);
  return value;
}

function objectIn(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

export function invalidLine(at: string, line: string): Problem {
  return new Problem("import.line-invalid", "A line of the file cannot be read.", {
    at,
    found: line.length > 80 ? `${line.slice(0, 79)}…` : line,
    expected: "a line as the tool writes it",
    hint: "Nothing was imported. Remove a torn last line, or import the file that the tool wrote.",
  });
}
