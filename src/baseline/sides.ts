import type { ReadBaseline } from "../model/baseline.js";
import type { ComparedRun, ComparedSide } from "../model/comparison.js";
import { floorsOfVerdicts } from "../model/leak.js";
import type { MetricContains } from "../model/metric.js";
import type { RunRecord } from "../model/run.js";
import { decodeHistogram } from "../record/codec.js";
import { mergeHistograms } from "../stats/histogram.js";
import { checkAlike } from "./acceptable.js";

// Proportions that a baseline keeps and a comparison judges.
const keptRates = ["http_req_failed", "checks"];

/**
 * What a comparison needs to know of a baseline, or of runs as read from their folders.
 *
 * Runs may be invalid or cut short: the comparison says so. They must be of one kind, because one side has one
 * environment and one load.
 *
 * @throws {Problem} `baseline.no-runs`, `baseline.run-twice`, `baseline.runs-unlike`, `histogram.unreadable`
 */
export function toComparedSide(source: ReadBaseline | readonly RunRecord[]): ComparedSide {
  return "schema" in source ? ofBaseline(source) : ofRecords(source);
}

function ofBaseline(baseline: ReadBaseline): ComparedSide {
  const { name, acceptedAt, scriptSha256, optionsDigest, environment, labels, contains } = baseline;
  const runs = baseline.runs.map(({ id, startedAt, validity, load, rates, resources, floors, totals }): ComparedRun => {
    const decoded = Object.entries(totals).map(([series, text]) => [
      series,
      decodeHistogram(text, `baseline ${baseline.scenario}/${name}, run ${id}, ${series}`),
    ]);
    return { id, startedAt, validity, load, rates, resources, floors, totals: Object.fromEntries(decoded) };
  });
  const notes = baseline.migratedFrom === undefined ? [] : [migrationNote(baseline.migratedFrom, name)];
  return { name, acceptedAt, notes, scriptSha256, optionsDigest, environment, labels, contains, runs };
}

/** That a baseline was read in a newer form than it is written in. */
export function migrationNote(from: string, name: string): string {
  return `The baseline "${name}" is written as ${from} and was read as its successor; the next acceptance writes it anew.`;
}

function ofRecords(records: readonly RunRecord[]): ComparedSide {
  checkAlike(records);
  const { script, optionsDigest, environment } = records[0]!.manifest;
  return {
    scriptSha256: script.sha256,
    optionsDigest,
    environment,
    labels: commonLabels(records),
    contains: containsOf(records),
    runs: records.map((record): ComparedRun => {
      const { id, startedAt, load, resources } = record.manifest;
      const totals = Object.fromEntries(record.totals);
      const floors = floorsOfVerdicts(record.manifest.leaks);
      const validity = judgedValidity(record);
      return { id, startedAt, validity, load, rates: ratesOf(record), totals, resources, floors };
    }),
  };
}

/**
 * Several runs of one side as one: histograms and counts added up, the worst validity, rates averaged.
 *
 * The first run gives its id, start and what was watched.
 *
 * @param runs at least one
 */
export function mergedRuns(runs: readonly ComparedRun[]): ComparedRun {
  const [first] = runs;
  if (first === undefined || runs.length === 1) return first!;
  const names = <T>(pick: (run: ComparedRun) => Readonly<Record<string, T>>) => [
    ...new Set(runs.flatMap((run) => Object.keys(pick(run)))),
  ];
  const order = ["valid", "degraded", "unknown", "invalid"] as const;
  const worst = runs.reduce((a, b) => (order.indexOf(b.validity.state) > order.indexOf(a.validity.state) ? b : a));
  const achieved = runs.flatMap((run) => run.load?.achievedRate ?? []);
  const sumOf = (name: string, at: 0 | 1) => runs.reduce((sum, run) => sum + (run.rates[name]?.[at] ?? 0), 0);
  return {
    ...first,
    validity: worst.validity,
    load:
      first.load === undefined
        ? undefined
        : { ...first.load, achievedRate: achieved.reduce((sum, rate) => sum + rate, 0) / achieved.length },
    rates: Object.fromEntries(names((run) => run.rates).map((name) => [name, [sumOf(name, 0), sumOf(name, 1)]])),
    totals: Object.fromEntries(
      names((run) => run.totals).map((name) => [
        name,
        mergeHistograms(runs.flatMap((run) => run.totals[name] ?? [])).toData(),
      ]),
    ),
  };
}

/** A run that was interrupted measured less than it set out to, however well it went until then. */
function judgedValidity({ manifest: { status, validity, endReason } }: RunRecord): ComparedRun["validity"] {
  if (status === "complete" || validity.state === "invalid") return validity;
  return {
    state: "unknown",
    reasons: [...validity.reasons, { code: status, text: endReason ?? `The run is ${status}.` }],
  };
}

/** Pooled counts over the whole run, by metric. */
export function ratesOf(record: RunRecord): Record<string, [passes: number, total: number]> {
  const rates: Record<string, [number, number]> = {};
  for (const metric of keptRates) {
    let passes = 0;
    let total = 0;
    for (const window of record.windows) {
      const counts = window.rates[metric];
      passes += counts?.[0] ?? 0;
      total += counts?.[1] ?? 0;
    }
    if (total > 0) rates[metric] = [passes, total];
  }
  return rates;
}

/** What the values of trends mean, by metric, as far as the runs' summaries tell. */
export function containsOf(records: readonly RunRecord[]): Record<string, MetricContains> {
  const trends = records.flatMap(({ manifest }) =>
    Object.entries(manifest.summary?.metrics ?? {}).filter(
      ([name, { type }]) => type === "trend" && !name.includes("{"),
    ),
  );
  return Object.fromEntries(
    trends.map(([name, { contains }]) => [name, contains] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Labels on which all runs agree, such as the version. */
export function commonLabels(records: readonly RunRecord[]): Record<string, string> {
  const [first, ...others] = records.map((record) => record.manifest.labels);
  const common = Object.entries(first ?? {}).filter(([key, value]) => others.every((labels) => labels[key] === value));
  return Object.fromEntries(common.sort(([a], [b]) => (a < b ? -1 : 1)));
}
