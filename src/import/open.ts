import { createReadStream, readFileSync, statSync } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip, gunzipSync } from "node:zlib";
import { Problem } from "../model/problem.js";
import { hdrDistribution, hdrLog } from "./hdr.js";
import {
  type Foreign,
  unknownDistribution,
  unknownGenerator,
  unknownResponseTime,
  unknownSeconds,
} from "./imported.js";
import { k6CsvSamples, k6JsonSamples } from "./k6-samples.js";
import { autocannonResult, k6Summary } from "./summaries.js";
import { vegetaHistogram, vegetaReport, vegetaSamples } from "./vegeta.js";

export interface OpenOptions {
  /** What an `.hlog`'s values count: ns, us, ms or s. */
  readonly unit?: string | undefined;
  /** What an `.hlog` measured; default `http_req_duration`. */
  readonly metric?: string | undefined;
}

/** A document or a text of this size is no summary. */
const documentLimitBytes = 256 * 1024 * 1024;

/**
 * Finds out what a file of another tool is, by its content.
 *
 * @throws {Problem} `import.unreadable`, `import.unknown-format`, or what the format's reader finds wrong
 */
export async function openForeign(
  path: string,
  { unit, metric = "http_req_duration" }: OpenOptions = {},
): Promise<Foreign> {
  const head = await firstLine(path);
  if (head.startsWith("#[") || /^(Tag=[^,]*,)?[\d.]+,[\d.]+,[\d.]+,HISTF/.test(head)) {
    const totals = hdrLog(textOf(path), path, unit, metric);
    const own = totals.histograms.some(({ key }) => key.metric === "http_req_response_time");
    const missing = [unknownGenerator, "Counts of failures, bytes and checks.", ...(own ? [] : [unknownResponseTime])];
    return { kind: "totals", format: "HdrHistogram log", missing, totals };
  }
  if (head.startsWith("metric_name,timestamp,metric_value")) {
    const missing = [unknownGenerator, unknownResponseTime, "Times finer than a second, unless k6 was told otherwise."];
    const samples = k6CsvSamples(linesOf(path), path, (name) => {
      missing.push(`The type of ${name}: it was taken for a trend.`);
    });
    return { kind: "samples", format: "k6 CSV", missing, samples };
  }
  const first = parsed(head);
  if (first !== undefined && (first.type === "Metric" || first.type === "Point") && typeof first.metric === "string") {
    const missing = [unknownGenerator, unknownResponseTime];
    return { kind: "samples", format: "k6 JSON", missing, samples: k6JsonSamples(linesOf(path), path) };
  }
  if (first !== undefined && typeof first.latency === "number" && "timestamp" in first) {
    const missing = [unknownGenerator, unknownResponseTime];
    return { kind: "samples", format: "vegeta results", missing, samples: vegetaSamples(linesOf(path), path) };
  }
  const text = textOf(path);
  return document(parsed(text)) ?? plainText(text) ?? refuse(path, head);
}

function document(found: Readonly<Record<string, unknown>> | undefined): Foreign | undefined {
  if (found === undefined) return undefined;
  const missing = [unknownGenerator, unknownResponseTime, unknownSeconds];
  if (typeof found.metrics === "object" && found.metrics !== null) {
    const format = "root_group" in found && "state" in found ? "k6 handleSummary data" : "k6 summary export";
    return { kind: "totals", format, missing: [...missing, unknownDistribution], totals: k6Summary(found) };
  }
  if (typeof found.latency === "object" && typeof found.requests === "object") {
    return {
      kind: "totals",
      format: "autocannon JSON",
      missing: [...missing, unknownDistribution],
      totals: autocannonResult(found),
    };
  }
  if (typeof found.latencies === "object") {
    const totals = vegetaReport(found);
    const shape = totals.histograms.length > 0 ? coarseBuckets : unknownDistribution;
    return { kind: "totals", format: "vegeta report", missing: [...missing, shape], totals };
  }
  return undefined;
}

const coarseBuckets = "Values within a bucket of the report: each was taken for its bucket's upper bound.";

function plainText(text: string): Foreign | undefined {
  const missing = [unknownGenerator, unknownResponseTime, unknownSeconds, "Failures, bytes, and the duration."];
  const buckets = vegetaHistogram(text);
  if (buckets !== undefined) {
    return { kind: "totals", format: "vegeta histogram", missing: [...missing, coarseBuckets], totals: buckets };
  }
  const distribution = hdrDistribution(text);
  if (distribution === undefined) return undefined;
  const steps = "Values between the percentiles of the table: each was taken for the next higher one.";
  return { kind: "totals", format: "percentile distribution", missing: [...missing, steps], totals: distribution };
}

function refuse(path: string, head: string): never {
  throw new Problem("import.unknown-format", "The file is none that can be imported.", {
    at: path,
    found: head.slice(0, 60),
    expected:
      "k6 JSON, CSV or summary, an HdrHistogram log or percentile table, autocannon JSON, vegeta results, report or histogram",
    hint: "Let vegeta write JSON (vegeta encode), and autocannon with --json.",
  });
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

async function firstLine(path: string): Promise<string> {
  for await (const line of linesOf(path)) if (line.trim() !== "") return line;
  throw new Problem("import.unreadable", "The file is empty.", { at: path });
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const input = path.endsWith(".gz") ? file.pipe(createGunzip()) : file;
  file.on("error", (error) => input.destroy(error));
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    file.destroy();
  }
}

function textOf(path: string): string {
  try {
    if (statSync(path).size > documentLimitBytes) throw new Error("larger than 256 MB");
    const bytes = readFileSync(path);
    return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem("import.unreadable", "The file cannot be read.", {
    at: path,
    found: (error as NodeJS.ErrnoException).code ?? (error as Error).message,
    hint: "Check the path.",
  });
}
