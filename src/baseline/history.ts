import { existsSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { type Comparison, verdictSchema } from "../model/comparison.js";
import type { RunRecord } from "../model/run.js";
import { makeFolders } from "../record/make-folders.js";
import { quantile } from "../stats/histogram.js";
import { withLock } from "./lock.js";
import { scenarioFolder } from "./place.js";
import { ratesOf } from "./sides.js";

const historyEntrySchema = z.object({
  id: z.string(),
  startedAt: z.iso.datetime(),
  validity: z.enum(["valid", "degraded", "invalid", "unknown"]),
  status: z.enum(["running", "complete", "interrupted"]),
  /** Arrivals or iterations a second. */
  achievedRate: z.number().nullable(),
  /** Failed requests among all; null where none was sent. */
  errorRatio: z.number().nullable(),
  /** Quantiles in milliseconds of the untagged response time, service time and iteration duration. */
  latencyMs: z.record(z.string(), z.object({ p50: z.number(), p95: z.number(), p99: z.number() })),
  /** Highest memory of each watched source, bytes. */
  rssMaxBytes: z.record(z.string(), z.number()),
  labels: z.record(z.string(), z.string()),
  scriptSha256: z.string(),
  optionsDigest: z.string(),
  cpuModel: z.string(),
  /** Versions beneath the run; absent in lines of before they were kept. */
  kernel: z.string().optional(),
  node: z.string().optional(),
  loadline: z.string().optional(),
  /** Against the baseline of that name. */
  baseline: z.string().nullable(),
  verdict: verdictSchema.nullable(),
});
/** One run in the trend of its scenario. */
export type HistoryEntry = z.infer<typeof historyEntrySchema>;

export interface History {
  readonly entries: readonly HistoryEntry[];
  /** What could not be read, in words, with line numbers. */
  readonly damage: readonly string[];
}

const trends = ["http_req_response_time", "http_req_duration", "iteration_duration"];

/** The compact line of a run. */
export function historyEntry(record: RunRecord, comparison?: Comparison): HistoryEntry {
  const { manifest, totals } = record;
  const [failed, requests] = ratesOf(record).http_req_failed ?? [0, 0];
  const measured = trends.flatMap((name) => {
    const histogram = totals.get(name);
    if (histogram === undefined || histogram.count === 0) return [];
    const ms = (q: number) => Number((quantile(histogram, q) / 1000).toPrecision(6));
    return [[name, { p50: ms(0.5), p95: ms(0.95), p99: ms(0.99) }]];
  });
  const memory = manifest.resources.flatMap(({ source, rssBytes }) => (rssBytes ? [[source, rssBytes.max]] : []));
  return {
    id: manifest.id,
    startedAt: manifest.startedAt,
    validity: manifest.validity.state,
    status: manifest.status,
    achievedRate: manifest.load?.achievedRate ?? null,
    errorRatio: requests > 0 ? failed / requests : null,
    latencyMs: Object.fromEntries(measured),
    rssMaxBytes: Object.fromEntries(memory),
    labels: manifest.labels,
    scriptSha256: manifest.script.sha256,
    optionsDigest: manifest.optionsDigest,
    cpuModel: manifest.environment.cpuModel,
    kernel: manifest.environment.kernel,
    node: manifest.environment.node,
    loadline: manifest.environment.loadline,
    baseline: comparison?.baseline?.name ?? null,
    verdict: comparison?.verdict ?? null,
  };
}

/** Adds a run to `<dir>/<scenario>/history.ndjson`. @throws {Problem} `baseline.name-invalid`, `baseline.locked` */
export async function appendHistory(dir: string, scenario: string, entry: HistoryEntry): Promise<void> {
  const folder = scenarioFolder(dir, scenario);
  await makeFolders(folder);
  const path = join(folder, "history.ndjson");
  await withLock(join(folder, ".history.ndjson.lock"), async () => {
    // A torn last line must not swallow this one.
    const start = (await endsInLine(path)) ? "" : "\n";
    const file = await open(path, "a");
    try {
      await file.writeFile(`${start}${JSON.stringify(entry)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  });
}

async function endsInLine(path: string): Promise<boolean> {
  if (!existsSync(path)) return true;
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (size === 0) return true;
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer[0] === 0x0a;
  } finally {
    await file.close();
  }
}

/**
 * The runs of a scenario, oldest first. Of several lines of one run, such as one before and one after its comparison,
 * the last counts. Lines that cannot be read are left out and told; empty without a file.
 */
export function readHistory(dir: string, scenario: string): History {
  const path = join(scenarioFolder(dir, scenario), "history.ndjson");
  if (!existsSync(path)) return { entries: [], damage: [] };
  const entries = new Map<string, HistoryEntry>();
  const damage: string[] = [];
  readFileSync(path, "utf8")
    .split("\n")
    .forEach((line, i) => {
      if (line.trim() === "") return;
      const entry = parseLine(line);
      if (typeof entry === "string") damage.push(`${path}:${i + 1}: ${entry}`);
      else entries.set(entry.id, entry);
    });
  return { entries: [...entries.values()].sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1)), damage };
}

function parseLine(line: string): HistoryEntry | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return "This line is no JSON; it was cut off.";
  }
  const parsed = historyEntrySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  return `${issue.path.map(String).join(".")}: ${issue.message}`;
}
