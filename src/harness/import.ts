import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { basename } from "node:path";
import { readEnvironment } from "../baseline/fingerprint.js";
import { judgeValidity, validityLimits } from "../compare/validity.js";
import { type ForeignSample, type ForeignTotals, unknownResponseTime } from "../import/imported.js";
import { type OpenOptions, openForeign } from "../import/open.js";
import { LoadTally } from "../measure/load-figures.js";
import { Recorder } from "../measure/recorder.js";
import { makeSummary } from "../measure/summary.js";
import { Totals } from "../measure/totals.js";
import { type SeriesKey, seriesName } from "../model/metric.js";
import type { Environment, RunManifest, Summary } from "../model/run.js";
import { emptyEngineWindow, type Series } from "../model/window.js";
import { encodeHistogram } from "../record/codec.js";
import { newRunId } from "../record/folder.js";
import { RunWriter } from "../record/writer.js";
import { begunManifest } from "./begun-manifest.js";
import { SampleWindows } from "./sample-windows.js";

export interface ImportRequest extends OpenOptions {
  readonly file: string;
  readonly reportsDir: string;
  /** Default: the file's name without its endings. */
  readonly scenario?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** The file was measured on this machine. */
  readonly measuredHere: boolean;
}

export interface ImportedRun {
  readonly folder: string;
  readonly format: string;
  readonly manifest: RunManifest;
}

/** Samples may arrive this much out of order: k6 flushes its buffers each second. */
const horizonMs = 10_000;
const trendStats = ["avg", "min", "med", "max", "p(90)", "p(95)", "p(99)"];

/**
 * Another tool's file as a run folder, which compares and reports like our own. What the file does not hold is named
 * in the run's warnings and stays absent.
 *
 * @throws {Problem} `import.…`; no folder is left behind
 */
export async function importRun(request: ImportRequest): Promise<ImportedRun> {
  const { file } = request;
  const foreign = await openForeign(file, request);
  const head = await manifestHead(request, foreign.format);
  const filled =
    foreign.kind === "samples"
      ? await fromSamples(foreign.samples, head, request.reportsDir)
      : await fromTotals(foreign.totals, head, request.reportsDir);
  const { writer, summary, totals, startedAtMs, durationMs, requests } = filled;
  const hasResponseTime = totals.some(({ key }) => key.metric === "http_req_response_time");
  const missing = foreign.missing.filter((text) => !(hasResponseTime && text === unknownResponseTime));
  const dated = filled.dated ? [] : ["The start: the file's own date stands in."];
  const manifest: RunManifest = {
    ...head,
    startedAt: new Date(startedAtMs).toISOString(),
    endedAt: new Date(startedAtMs + durationMs).toISOString(),
    status: "complete",
    exitCode: 0,
    validity: validityOf(requests, summary),
    summary,
    totals: Object.fromEntries(totals.map(({ key, text }) => [seriesName(key), text])),
    warnings: [...missing, ...dated].map((text) => `Not in the ${foreign.format} file: ${text}`).concat(filled.notes),
  };
  await writer.finish(manifest);
  return { folder: writer.folder, format: foreign.format, manifest: { ...manifest, id: writer.id } };
}

interface Filled {
  readonly writer: RunWriter;
  readonly summary: Summary;
  readonly totals: readonly { readonly key: SeriesKey; readonly text: string }[];
  readonly startedAtMs: number;
  /** False where the file does not say when it was measured. */
  readonly dated: boolean;
  readonly durationMs: number;
  readonly requests: number;
  readonly notes: readonly string[];
}

async function fromSamples(
  samples: AsyncIterable<ForeignSample>,
  head: RunManifest,
  reportsDir: string,
): Promise<Filled> {
  const totals = new Totals();
  let writer: RunWriter | undefined;
  const windows = new SampleWindows({
    recorder: new Recorder(() => {}),
    horizonMs,
    engineOf: () => emptyEngineWindow,
    onWindow: (batch) => {
      totals.add(batch);
      writer!.writeWindow(batch);
    },
  });
  let startMs = 0;
  try {
    for await (const sample of samples) {
      if (writer === undefined) {
        startMs = Math.floor(sample.timeMs / 1000) * 1000;
        writer = await RunWriter.create({ reportsDir, manifest: dated(head, startMs) });
        windows.begin(startMs);
      }
      windows.put(sample);
    }
    writer ??= await RunWriter.create({ reportsDir, manifest: head });
    windows.end();
  } catch (error) {
    // Half a file is no run.
    if (writer !== undefined) await removeRun(writer);
    throw error;
  }
  const { latestMs, late } = windows;
  const durationMs = Math.max(1, latestMs - startMs);
  const found = [...totals.entries()];
  const requests = totals.find("http_reqs")?.value;
  return {
    writer,
    summary: makeSummary({
      series: found,
      checks: totals.checks,
      groups: totals.groups,
      durationMs,
      trendStats,
      thresholds: [],
    }),
    totals: found.flatMap(({ series, value }) =>
      value.kind === "trend" ? [{ key: series, text: encodeHistogram(value.histogram) }] : [],
    ),
    startedAtMs: startMs,
    dated: true,
    durationMs,
    requests: requests?.kind === "counter" ? requests.sum : 0,
    notes:
      late === 0
        ? []
        : [`${late} samples came more than ${horizonMs / 1000} s out of order and count in a later second.`],
  };
}

async function fromTotals(totals: ForeignTotals, head: RunManifest, reportsDir: string): Promise<Filled> {
  const { histograms, metrics, intervals = [], rootGroup, durationMs = 0 } = totals;
  const startedAtMs = totals.startedAtMs ?? Date.parse(head.startedAt);
  const writer = await RunWriter.create({ reportsDir, manifest: dated(head, startedAtMs) });
  const series = histograms.map(({ key }, id): Series => {
    return { id, ...key, type: "trend", contains: "time", windowsPerLine: 1 };
  });
  const ids = new Map(series.map((each) => [seriesName(each), each.id]));
  for (const [index, { key, startMs, lengthMs, histogram }] of intervals.entries()) {
    writer.writeWindow({
      index,
      startMs,
      lengthMs,
      newSeries: index === 0 ? series : [],
      values: [{ id: ids.get(seriesName(key))!, value: { kind: "trend", histogram } }],
      checks: [],
      engine: emptyEngineWindow,
      last: index === intervals.length - 1,
    });
  }
  const found = histograms.map(({ histogram }, i) => ({
    series: series[i]!,
    value: { kind: "trend", histogram } as const,
  }));
  const own = makeSummary({ series: found, checks: [], groups: [], durationMs, trendStats, thresholds: [] });
  const count = metrics.http_reqs?.values.count;
  return {
    writer,
    // What the file itself says goes before what its histograms give.
    summary: { ...own, metrics: { ...own.metrics, ...metrics }, root_group: rootGroup ?? own.root_group },
    totals: histograms.map(({ key, histogram }) => ({ key, text: encodeHistogram(histogram) })),
    startedAtMs,
    dated: totals.startedAtMs !== undefined,
    durationMs,
    requests: count ?? Math.max(0, ...histograms.map(({ histogram }) => histogram.count)),
    notes: [],
  };
}

/** Judged as far as the file allows: never valid without doubt, because its generator did not watch itself. */
function validityOf(requests: number, summary: Summary): RunManifest["validity"] {
  const nothing = new LoadTally().figures(undefined, false, 0);
  const iterations = summary.metrics.iterations?.values.count ?? 0;
  const judged = judgeValidity({ load: nothing, lateness: undefined, iterations, requests, interruptedRun: false });
  const doubt = {
    code: "imported",
    text: "Imported: whether its generator kept to its plan is not known.",
  };
  const few = Math.max(iterations, requests) < validityLimits.fewSamples;
  return {
    state: few ? judged.state : "degraded",
    reasons: [...judged.reasons.filter(({ code }) => few || code !== "too-few-samples"), doubt],
  };
}

async function manifestHead(request: ImportRequest, format: string): Promise<RunManifest> {
  const { file, scenario, labels, measuredHere } = request;
  const startedAt = statSync(file).mtime;
  return begunManifest(
    {
      scenario: scenario ?? (basename(file).replace(/(\.(json|csv|hlog|txt|gz|ndjson|log))+$/i, "") || "imported"),
      // Which script it was is in no file either: equal for all imports of a format, so that they compare.
      script: {
        path: basename(file),
        sha256: unknownDigest(format),
        files: [{ path: basename(file), sha256: await digestOf(file) }],
      },
      command: ["loadline", "import", basename(file)],
      options: {},
      // Equal for all imports of a format: their options are in no file.
      optionsDigest: unknownDigest(format),
      environment: measuredHere ? readEnvironment() : unknownEnvironment(),
      labels: { ...labels, imported: format },
    },
    startedAt,
  );
}

function dated(head: RunManifest, startedAtMs: number): RunManifest {
  return { ...head, id: newRunId(startedAtMs), startedAt: new Date(startedAtMs).toISOString() };
}

function unknownDigest(format: string): string {
  return createHash("sha256").update(`imported ${format}`).digest("hex");
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of createReadStream(file)) hash.update(bytes as Buffer);
  return hash.digest("hex");
}

function unknownEnvironment(): Environment {
  const { loadline } = readEnvironment();
  const unknown = "unknown";
  return {
    os: unknown,
    kernel: unknown,
    arch: unknown,
    cpuModel: unknown,
    cores: 0,
    memoryBytes: 0,
    node: unknown,
    loadline,
  };
}

async function removeRun(writer: RunWriter): Promise<void> {
  const { rm } = await import("node:fs/promises");
  await writer.abandon();
  await rm(writer.folder, { recursive: true, force: true });
}
