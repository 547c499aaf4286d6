import { existsSync } from "node:fs";
import { appendHistory, historyEntry, readHistory } from "../baseline/history.js";
import { baselinePath } from "../baseline/place.js";
import { toComparedSide } from "../baseline/sides.js";
import { acceptBaseline, listBaselines, readBaseline, removeBaseline, type StoredBaseline } from "../baseline/store.js";
import { compareRuns } from "../compare/compare-runs.js";
import type { Baseline } from "../model/baseline.js";
import type { ComparedSide, Comparison, Verdict } from "../model/comparison.js";
import type { HistogramData } from "../model/histogram.js";
import { type ExitCode, exitCodes, Problem } from "../model/problem.js";
import type { RunRecord } from "../model/run.js";
import { loadlineOptions } from "../script/loadline-options.js";
import { mergeHistograms, quantile } from "../stats/histogram.js";
import { baselineRef, existing } from "./baseline-diff.js";
import { readRecord } from "./read-record.js";
import type { MadeReport } from "./report.js";

interface Places {
  readonly reportsDir: string;
  readonly baselinesDir: string;
}

export interface AcceptRequest extends Places {
  readonly refs: readonly string[];
  readonly name: string;
  readonly by: string;
  readonly note: string;
  readonly replace: boolean;
  /** Labels of the baseline, over those of its runs. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Add to the baseline, and keep the newest so many runs. */
  readonly keep?: number | undefined;
}

export interface Accepted {
  readonly path: string;
  readonly baseline: Baseline;
  /** What was done to a file that was there before, in words; such as a newer form. */
  readonly notes: readonly string[];
}

/** Stores runs as a baseline. */
export async function acceptRuns(request: AcceptRequest): Promise<Accepted> {
  const { reportsDir, baselinesDir, refs, name, by, note, labels, replace, keep } = request;
  const records = refs.map((ref) => readRecord(reportsDir, ref));
  const scenario = records[0]?.manifest.scenario ?? "";
  const older = keep === undefined || replace ? undefined : readBaseline(baselinesDir, scenario, name)?.migratedFrom;
  const path = await acceptBaseline(records, { dir: baselinesDir, name, by, note, labels, replace, keep });
  const known = new Set(readHistory(baselinesDir, scenario).entries.map((entry) => entry.id));
  for (const record of records) {
    if (!known.has(record.manifest.id)) await appendHistory(baselinesDir, scenario, historyEntry(record));
  }
  const notes = older === undefined ? [] : [`It was written as ${older}, and is now written as its successor.`];
  return { path, baseline: existing(baselinesDir, { scenario, name }), notes };
}

export async function hasBaseline(dir: string, scenario: string, name: string): Promise<boolean> {
  return existsSync(baselinePath(dir, scenario, name));
}

export interface CompareRequest extends Places {
  readonly refs: readonly string[];
  /** A baseline's name. */
  readonly against: string;
  readonly margin?: number | undefined;
  /** By row or by series, over those of the script. */
  readonly margins?: Readonly<Record<string, number>> | undefined;
  /** Planned looks among which the error is split; 1 unless given. */
  readonly looks?: number | undefined;
}

export interface Compared {
  readonly comparison: Comparison;
  readonly records: readonly RunRecord[];
  /** Merged over the baseline's runs, by series name. */
  readonly baselineTotals: ReadonlyMap<string, HistogramData>;
}

/**
 * Holds runs against a stored baseline; without one the comparison says so and is inconclusive.
 *
 * @throws {Problem} for runs of several scenarios, an unreadable run or baseline
 */
export async function compareRefs(request: CompareRequest): Promise<Compared> {
  // A comparison asks for whole runs only.
  const records = request.refs.map((ref) => readRecord(request.reportsDir, ref, { histories: false }));
  return compareRecords(records, request);
}

function compareRecords(records: readonly RunRecord[], request: Omit<CompareRequest, "refs" | "reportsDir">): Compared {
  const scenarios = [...new Set(records.map((record) => record.manifest.scenario))];
  if (scenarios.length > 1) {
    throw new Problem("compare.several-scenarios", "The runs are of different scenarios.", {
      found: scenarios.join(", "),
      expected: "runs of one scenario",
      hint: "Compare each scenario by itself.",
      exitCode: exitCodes.usage,
    });
  }
  const scenario = scenarios[0]!;
  const baseline = readBaseline(request.baselinesDir, scenario, request.against);
  const side = baseline === undefined ? null : toComparedSide(baseline);
  const { gate, margin, margins } = loadlineOptions(records[0]!.manifest.options.ext);
  const comparison = compareRuns({
    scenario,
    baseline: side,
    candidate: toComparedSide(records),
    options: {
      gate,
      margin: request.margin ?? margin,
      margins: { ...margins, ...request.margins },
      looks: request.looks,
    },
  });
  return { comparison, records, baselineTotals: side === null ? new Map() : mergedTotals(side) };
}

function mergedTotals(side: ComparedSide): Map<string, HistogramData> {
  const names = new Set(side.runs.flatMap((run) => Object.keys(run.totals)));
  return new Map(
    [...names].map((name) => [name, mergeHistograms(side.runs.flatMap((run) => run.totals[name] ?? []))] as const),
  );
}

/** 111 for a regression, 112 where nothing could be proven. */
export function exitCodeOfVerdict(verdict: Verdict): ExitCode {
  switch (verdict) {
    case "regressed":
      return exitCodes.regressed;
    case "inconclusive":
      return exitCodes.inconclusive;
    case "pass":
    case "improved":
      return exitCodes.ok;
  }
}

export interface ReportRequest extends Places {
  readonly ref: string;
  /** Further runs that are judged together with it; only the run itself is drawn. */
  readonly with?: readonly string[];
  readonly against: string;
  readonly junit?: string | undefined;
  readonly markdown?: string | undefined;
}

/** A run's report; held against the baseline where there is one. */
export async function makeReport(request: ReportRequest): Promise<MadeReport> {
  const record = readRecord(request.reportsDir, request.ref);
  const others = (request.with ?? [])
    .map((ref) => readRecord(request.reportsDir, ref))
    .filter((other) => other.manifest.id !== record.manifest.id);
  const { junit, markdown } = request;
  // Loaded only here: a run needs no canvas, and half of its memory would be one.
  const { writeReport } = await import("./report.js");
  if (!(await hasBaseline(request.baselinesDir, record.manifest.scenario, request.against))) {
    return writeReport({ record, junit, markdown });
  }
  const { comparison, baselineTotals } = compareRecords([...others, record], request);
  // A run that is part of the baseline would only be compared with itself.
  const accepted = comparison.baseline?.runs.includes(record.manifest.id) === true;
  return writeReport({ record, baselineTotals, junit, markdown, ...(accepted ? {} : { comparison }) });
}

export interface BaselineSummary extends Omit<StoredBaseline, "runs"> {
  readonly runs: number;
}

export async function listBaselineSummaries(dir: string): Promise<BaselineSummary[]> {
  const all = await listBaselines(dir);
  return all.map((one) => ({ ...one, runs: one.runs.length }));
}

export interface ShownBaseline {
  readonly scenario: string;
  readonly name: string;
  readonly acceptedAt: string;
  readonly acceptedBy: string;
  readonly note: string;
  readonly labels: Baseline["labels"];
  readonly environment: Baseline["environment"];
  /** What a reader must know of the file, such as that it is of an older version. */
  readonly notes: readonly string[];
  readonly runs: readonly {
    readonly id: string;
    readonly acceptedAt: string;
    readonly acceptedBy: string;
    readonly validity: string;
    readonly achievedRate: number;
    readonly p50Ms: number;
    readonly p95Ms: number;
    readonly p99Ms: number;
  }[];
}

/** @param ref "scenario" for the baseline "main", or "scenario/name" */
export async function showBaseline(dir: string, ref: string): Promise<ShownBaseline> {
  const { scenario, name } = baselineRef(ref);
  const baseline = existing(dir, { scenario, name });
  const side = toComparedSide(baseline);
  return {
    scenario,
    name,
    acceptedAt: baseline.acceptedAt,
    acceptedBy: baseline.acceptedBy,
    note: baseline.note,
    labels: baseline.labels,
    environment: baseline.environment,
    notes: side.notes ?? [],
    runs: side.runs.map((run, i) => {
      const headline = run.totals.http_req_response_time ?? run.totals.iteration_duration;
      const at = (q: number): number => (headline === undefined ? 0 : quantile(headline, q) / 1000);
      return {
        id: run.id,
        acceptedAt: baseline.runs[i]!.acceptedAt,
        acceptedBy: baseline.runs[i]!.acceptedBy,
        validity: run.validity.state,
        achievedRate: run.load?.achievedRate ?? 0,
        p50Ms: at(0.5),
        p95Ms: at(0.95),
        p99Ms: at(0.99),
      };
    }),
  };
}

/** @returns the path that was removed */
export async function removeStoredBaseline(dir: string, ref: string): Promise<string> {
  const { scenario, name } = baselineRef(ref);
  return removeBaseline(dir, scenario, name);
}
