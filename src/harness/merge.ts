import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { optionsDigest } from "../baseline/fingerprint.js";
import { evaluateThresholds, parseThresholds } from "../compare/thresholds.js";
import { generatorFailed, judgeValidity } from "../compare/validity.js";
import { LoadTally } from "../measure/load-figures.js";
import { WindowMerger } from "../measure/merge-windows.js";
import { makeSummary } from "../measure/summary.js";
import { type SeriesTotal, Totals } from "../measure/totals.js";
import { type Metric, seriesName } from "../model/metric.js";
import { exitCodes, Problem } from "../model/problem.js";
import type { RunManifest, RunRecord, Validity } from "../model/run.js";
import type { ResourceSample, WindowBatch } from "../model/window.js";
import { summariseResources } from "../monitor/summary.js";
import { encodeHistogram } from "../record/codec.js";
import { RunWriter } from "../record/writer.js";
import { mergeHistograms } from "../stats/histogram.js";
import { begunManifest } from "./begun-manifest.js";
import { judgeLeaksOf } from "./leaks.js";
import { planOf, readRecord, valuesOf } from "./read-record.js";
import { type Shard, type ShardSet, shardsOf } from "./shards.js";

export interface MergeRequest {
  readonly refs: readonly string[];
  readonly reportsDir: string;
}

export interface MergedRun {
  readonly folder: string;
  readonly manifest: RunManifest;
}

/**
 * Makes one run of the shards of a test, without loss: windows, counters and resources of all are in it.
 *
 * Thresholds and validity are judged anew on the whole; what was wrong with a shard is wrong with the whole.
 *
 * @throws {Problem} `merge.…` where the runs are not of one test, or what reading and writing finds wrong
 */
export async function mergeRuns({ refs, reportsDir }: MergeRequest): Promise<MergedRun> {
  if (refs.length < 2) {
    throw new Problem("usage.merge", "A merge needs two runs or more.", {
      found: refs.join(" "),
      exitCode: exitCodes.usage,
    });
  }
  const set = shardsOf(refs.map((ref) => readRecord(reportsDir, ref)));
  const head = headOf(set);
  const writer = await RunWriter.create({ reportsDir, manifest: head });
  try {
    const totals = new Totals();
    const tally = new LoadTally();
    mergeWindows(set.shards, (batch) => {
      totals.add(batch);
      tally.add(batch);
      writer.writeWindow(batch);
    });
    const resources = resourcesOf(set.shards);
    writer.writeResources(resources);
    const manifest = finish(head, set, { totals, tally, resources });
    await writer.finish(manifest);
    return { folder: writer.folder, manifest: { ...manifest, id: writer.id } };
  } catch (error) {
    await writer.abandon();
    await rm(writer.folder, { recursive: true, force: true });
    throw error;
  }
}

function mergeWindows(shards: readonly Shard[], onWindow: (batch: WindowBatch) => void): void {
  const merger = new WindowMerger({ engines: shards.length, oneProcess: false, onWindow });
  // In turn, so that only a few windows are held at a time.
  const open = new Map(shards.map(({ record }, i) => [i, windowsOf(record)]));
  while (open.size > 0) {
    for (const [i, windows] of open) {
      const next = windows.next();
      if (next.done === true) {
        open.delete(i);
        merger.leave(i);
      } else merger.add(i, next.value);
    }
  }
}

/** A run's windows as its engine delivered them, from the logs. */
function* windowsOf(record: RunRecord): Generator<WindowBatch> {
  const series = [...valuesOf(record).values()].map((one, id) => ({ ...one.series, id }));
  const ids = new Map(series.map((one) => [seriesName(one), one.id]));
  const lines = [...record.histories].flatMap(([name, history]) =>
    history.lines.map((line) => ({ id: ids.get(name)!, endMs: line.startMs + line.lengthMs, line })),
  );
  lines.sort((a, b) => a.endMs - b.endMs);
  let next = 0;
  for (const [i, window] of record.windows.entries()) {
    const last = i === record.windows.length - 1;
    const values: { id: number; value: WindowBatch["values"][number]["value"] }[] = [];
    const put = (name: string, value: (typeof values)[number]["value"]): void => {
      values.push({ id: ids.get(name)!, value });
    };
    // Times in the log are rounded to the millisecond.
    while (next < lines.length && (last || lines[next]!.endMs <= window.startMs + window.lengthMs + 1)) {
      const { id, line } = lines[next]!;
      values.push({ id, value: { kind: "trend", histogram: line.histogram } });
      next += 1;
    }
    for (const [name, sum] of Object.entries(window.counters)) put(name, { kind: "counter", sum });
    for (const [name, value] of Object.entries(window.gauges))
      put(name, { kind: "gauge", value, min: value, max: value });
    for (const [name, [passes, total]] of Object.entries(window.rates)) put(name, { kind: "rate", passes, total });
    const { index, startMs, lengthMs, checks = [], newGroups, engine } = window;
    yield { index, startMs, lengthMs, newSeries: i === 0 ? series : [], values, checks, newGroups, engine, last };
  }
}

function resourcesOf(shards: readonly Shard[]): ResourceSample[] {
  return shards
    .flatMap(({ name, record }) =>
      record.resources.map((sample) => ({ ...sample, source: `${name}/${sample.source}` })),
    )
    .sort((a, b) => a.atMs - b.atMs);
}

function headOf({ shards, isWhole }: ShardSet): RunManifest {
  const manifests = shards.map(({ record }) => record.manifest);
  const first = manifests[0]!;
  const startedAt = new Date(Math.min(...manifests.map((manifest) => Date.parse(manifest.startedAt))));
  const { executionSegment: _, executionSegmentSequence: __, ...options } = first.options;
  const plan = planOf({ ...first, options });
  const digest = plan === undefined ? first.optionsDigest : optionsDigest(plan.options);
  const parts = shards.map(({ from, to }) => `${from}:${to}`).sort();
  const common = Object.entries(first.labels).filter(([name, value]) =>
    manifests.every((manifest) => manifest.labels[name] === value),
  );
  return begunManifest(
    {
      ...first,
      command: ["loadline", "merge", ...manifests.map((manifest) => `${manifest.scenario}/${manifest.id}`)],
      options,
      // Shards that are the whole test make a run like one that was never cut; others compare with the same shards only.
      optionsDigest: isWhole
        ? digest
        : createHash("sha256")
            .update(`${digest} ${parts.join(" ")}`)
            .digest("hex"),
      labels: { ...Object.fromEntries(common), shards: String(shards.length) },
      declared: declaredOf(shards),
    },
    startedAt,
  );
}

/** What was to give evidence in any shard, under the names that it has in the whole; undefined where a shard does not say. */
function declaredOf(shards: readonly Shard[]): RunManifest["declared"] {
  const all = shards.map(({ name, record }) => {
    const { declared } = record.manifest;
    return declared && { ...declared, sources: declared.sources.map((source) => `${name}/${source}`) };
  });
  const known = all.filter((declared) => declared !== undefined);
  if (known.length < all.length) return undefined;
  const union = (part: keyof NonNullable<RunManifest["declared"]>): string[] => [
    ...new Set(known.flatMap((declared) => declared[part])),
  ];
  return { scenarios: union("scenarios"), sources: union("sources"), probes: union("probes") };
}

interface MergedParts {
  readonly totals: Totals;
  readonly tally: LoadTally;
  readonly resources: readonly ResourceSample[];
}

function finish(head: RunManifest, { shards, warnings }: ShardSet, parts: MergedParts): RunManifest {
  const { totals, tally, resources } = parts;
  const manifests = shards.map(({ record }) => record.manifest);
  const plan = planOf(head);
  const values = new Map([...totals.entries()].map((total) => [seriesName(total.series), wholeOf(total, shards)]));
  const thresholds = evaluateThresholds(
    parseThresholds(plan?.options.thresholds ?? {}),
    (name) => values.get(name),
    tally.durationMs,
  );
  const lateness = values.get("iteration_lateness")?.value;
  const histogram = lateness?.kind === "trend" ? lateness.histogram : undefined;
  const openModel = manifests.some((manifest) => manifest.load?.openModel === true);
  const load = tally.figures(histogram, openModel, plan?.durationMs ?? tally.durationMs);
  const count = (name: string): number => {
    const value = values.get(name)?.value;
    return value?.kind === "counter" ? value.sum : 0;
  };
  const isInterrupted = manifests.some(({ status }) => status !== "complete");
  const own = judgeValidity({
    load,
    lateness: histogram,
    iterations: count("iterations"),
    requests: count("http_reqs"),
    interruptedRun: isInterrupted,
  });
  const validity = withShardReasons(own, shards);
  const ends = manifests.flatMap(({ endedAt }) => endedAt ?? []).sort();
  const reasons = shards.flatMap(({ name, record }) =>
    record.manifest.endReason === undefined ? [] : [`${name}: ${record.manifest.endReason}`],
  );
  return {
    ...head,
    ...(ends.length === 0 ? {} : { endedAt: ends.at(-1)! }),
    status: isInterrupted ? "interrupted" : "complete",
    ...(reasons.length === 0 ? {} : { endReason: reasons.join(" ") }),
    exitCode: exitCodeOf(
      manifests,
      thresholds.some(({ ok }) => !ok),
      validity,
    ),
    validity,
    load,
    summary: makeSummary({
      series: values.values(),
      checks: totals.checks,
      groups: totals.groups,
      durationMs: tally.durationMs,
      trendStats: plan?.options.summaryTrendStats ?? ["avg", "min", "med", "max", "p(90)", "p(95)"],
      thresholds,
      // One that was cut off could only guess.
      defined: manifests.filter(({ status }) => status === "complete").flatMap(definedIn),
    }),
    thresholds,
    resources: summariseResources(resources),
    leaks: judgeLeaksOf(resources),
    totals: Object.fromEntries(
      [...values].flatMap(([name, { value }]) =>
        value.kind === "trend" ? [[name, encodeHistogram(value.histogram)] as const] : [],
      ),
    ),
    warnings: [...new Set([...warnings, ...manifests.flatMap((manifest) => manifest.warnings)])],
  };
}

/** The metrics that a shard tells the types of; the script is not asked again. */
function definedIn({ summary }: RunManifest): Metric[] {
  return Object.entries(summary?.metrics ?? {}).map(([key, { type, contains }]) => ({
    name: key.split("{")[0]!.trim(),
    type,
    contains,
  }));
}

/** A trend from the shards' own totals, which are finer than their windows. */
function wholeOf(total: SeriesTotal, shards: readonly Shard[]): SeriesTotal {
  if (total.value.kind !== "trend") return total;
  const name = seriesName(total.series);
  const histogram = mergeHistograms(shards.flatMap(({ record }) => record.totals.get(name) ?? []));
  return { series: total.series, value: { kind: "trend", histogram } };
}

/** A shard that could not be judged leaves the whole without a judgement, too. */
function withShardReasons(own: Validity, shards: readonly Shard[]): Validity {
  const ofShards = shards.flatMap(({ name, record }) => {
    const { state, reasons } = record.manifest.validity;
    return reasons
      .filter(({ code }) => code !== "too-few-samples" && code !== "interrupted")
      .map(({ code, text }) => ({ state, reason: { code, text: `${name}: ${text}` } }));
  });
  const isInvalid = own.state === "invalid" || ofShards.some(({ state }) => state === "invalid");
  const reasons = [...own.reasons, ...ofShards.map(({ reason }) => reason)];
  return { state: isInvalid ? "invalid" : reasons.length > 0 ? "degraded" : "valid", reasons };
}

function exitCodeOf(manifests: readonly RunManifest[], isCrossed: boolean, validity: Validity): number {
  const judged: readonly (number | undefined)[] = [
    undefined,
    exitCodes.ok,
    exitCodes.thresholds,
    exitCodes.inconclusive,
  ];
  const ended = manifests.find(({ exitCode }) => !judged.includes(exitCode))?.exitCode;
  if (isCrossed) return exitCodes.thresholds;
  return ended ?? (generatorFailed(validity) ? exitCodes.inconclusive : exitCodes.ok);
}
