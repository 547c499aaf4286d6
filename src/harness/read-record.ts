import { evaluateThresholds, parseThresholds } from "../compare/thresholds.js";
import { judgeValidity } from "../compare/validity.js";
import { LoadTally } from "../measure/load-figures.js";
import { makeSummary } from "../measure/summary.js";
import { combine } from "../measure/totals.js";
import { builtInMetrics, seriesName } from "../model/metric.js";
import type { Plan } from "../model/options.js";
import type { RunManifest, RunRecord } from "../model/run.js";
import { type Series, type SeriesValue, windowMs } from "../model/window.js";
import { summariseResources } from "../monitor/summary.js";
import { findRun } from "../record/find.js";
import { type ReadRunOptions, readRun } from "../record/reader.js";
import { makePlan } from "../script/plan.js";
import { judgeLeaksOf } from "./leaks.js";

/**
 * A run as recorded. One whose process was killed gets what its end would have computed, from the windows that it
 * left: an interrupted run, judged on what there is.
 *
 * @param options without histories it costs a tenth
 * @throws {Problem} where there is no such run, or run.json is unreadable
 */
export function readRecord(reportsDir: string, ref: string, options: ReadRunOptions = {}): RunRecord {
  const record = readRun(findRun(reportsDir, ref), options);
  return record.manifest.status === "running" ? { ...record, manifest: recovered(record) } : record;
}

function recovered(record: RunRecord): RunManifest {
  const { manifest } = record;
  const tally = new LoadTally();
  for (const window of record.windows) tally.add(window);
  const values = valuesOf(record);
  // Killed during its drain, a run still has the load's end; a watch has no windows at all.
  const lastWindow = record.windows.at(-1);
  // A sample of the load's last second may come a moment after its window.
  const loadEndMs =
    lastWindow === undefined ? Number.POSITIVE_INFINITY : lastWindow.startMs + lastWindow.lengthMs + windowMs;
  const lateness = record.totals.get("iteration_lateness");
  const plan = planOf(manifest);
  const openModel =
    plan?.scenarios.some((scenario) => scenario.executor.endsWith("arrival-rate")) ?? lateness !== undefined;
  const load = tally.figures(lateness, openModel, plan?.durationMs ?? tally.durationMs, manifest.engine === undefined);
  const count = (name: string): number => {
    const value = values.get(name)?.value;
    return value?.kind === "counter" ? value.sum : 0;
  };
  const thresholds = evaluateThresholds(
    parseThresholds(plan?.options.thresholds ?? {}),
    (name) => values.get(name),
    tally.durationMs,
  );
  return {
    ...manifest,
    status: "interrupted",
    endReason: "The process ended before the run did; what it had recorded is shown.",
    validity: judgeValidity({
      load,
      lateness,
      iterations: count("iterations"),
      requests: count("http_reqs"),
      interruptedRun: true,
    }),
    load,
    summary: makeSummary({
      series: values.values(),
      checks: lastChecks(record),
      groups: record.windows.flatMap(({ newGroups = [] }) => newGroups),
      durationMs: tally.durationMs,
      trendStats: plan?.options.summaryTrendStats ?? ["avg", "min", "med", "max", "p(90)", "p(95)"],
      thresholds,
    }),
    thresholds,
    resources: summariseResources(
      record.resources,
      { requests: count("http_reqs"), durationMs: tally.durationMs },
      loadEndMs,
    ),
    leaks: judgeLeaksOf(record.resources.filter(({ atMs }) => atMs <= loadEndMs)),
  };
}

/** Every series over the whole record: trends from the log, the rest summed over the counter lines. */
export function valuesOf(record: RunRecord): Map<string, { series: Series; value: SeriesValue }> {
  const values = new Map<string, { series: Series; value: SeriesValue }>();
  const known = new Map((record.series ?? []).map((series) => [seriesName(series), series]));
  const put = (name: string, value: SeriesValue): void => {
    const series = known.get(name) ?? seriesByName(name, value);
    values.set(name, { series, value: combine(values.get(name)?.value, value) });
  };
  for (const [name, histogram] of record.totals) put(name, { kind: "trend", histogram });
  for (const window of record.windows) {
    for (const [name, sum] of Object.entries(window.counters)) put(name, { kind: "counter", sum });
    for (const [name, value] of Object.entries(window.gauges))
      put(name, { kind: "gauge", value, min: value, max: value });
    for (const [name, [passes, total]] of Object.entries(window.rates)) put(name, { kind: "rate", passes, total });
  }
  return values;
}

/** A series of which the log has no comment: its first windows were lost. */
function seriesByName(name: string, value: SeriesValue): Series {
  const builtIn = Object.values(builtInMetrics).find((metric) => metric.name === name);
  return {
    id: -1,
    metric: name,
    type: value.kind,
    contains: builtIn?.contains ?? "default",
    tags: {},
    windowsPerLine: 1,
  };
}

/** Checks are counted from the run's start, so the last line of each holds its sum. */
function lastChecks(record: RunRecord) {
  const last = new Map<string, NonNullable<RunRecord["windows"][number]["checks"]>[number]>();
  for (const window of record.windows) {
    for (const check of window.checks ?? []) last.set(`${check.groupPath}::${check.name}`, check);
  }
  return [...last.values()];
}

/** The plan that the recorded options make; undefined for options of another version that can no longer be read. */
export function planOf(manifest: RunManifest): Plan | undefined {
  // The shortcuts of a script stand beside the scenario that they made; together no script may give them.
  const { vus: _, duration: __, iterations: ___, stages: ____, ...resolved } = manifest.options;
  const exported = resolved.scenarios === undefined ? manifest.options : resolved;
  const scenarios = Object.values((exported.scenarios ?? {}) as Record<string, { exec?: string }>);
  const exportNames = ["default", ...scenarios.map((scenario) => scenario.exec ?? "default")];
  try {
    return makePlan({ exported, exportNames, config: {}, env: {}, flags: {} });
  } catch {
    return undefined;
  }
}
