import { existsSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { AbEvidence, CapacityEvidence, Evidence, RunEvidence } from "../checklist/evidence.js";
import { type Comparison, comparisonSchema } from "../model/comparison.js";
import { type ProbeResult, probeResultsSchema } from "../model/probe.js";
import { Problem } from "../model/problem.js";
import type { RunRecord } from "../model/run.js";
import { readJsonFile } from "../record/json-file.js";
import { readRecord, valuesOf } from "./read-record.js";
import { compareRefs, hasBaseline } from "./results.js";

export interface EvidenceRequest {
  /** A run folder, id, or scenario/latest; without one nothing of a run is proven. */
  readonly run?: string | undefined;
  readonly reportsDir: string;
  readonly baselinesDir: string;
  /** Name of the baseline. */
  readonly against: string;
  readonly version?: string | undefined;
  readonly maxAgeMs: number;
  /** Paths of result files. */
  readonly capacity?: string | undefined;
  readonly ab?: string | undefined;
  readonly probes?: string | undefined;
  readonly now: Date;
}

export interface GatheredEvidence {
  readonly evidence: Evidence;
  readonly record: RunRecord | undefined;
}

/** Reads what a checklist is judged by. @throws {Problem} for a file that is not as it should be */
export async function gatherEvidence(request: EvidenceRequest): Promise<GatheredEvidence> {
  const { now, maxAgeMs, version } = request;
  const record = request.run === undefined ? undefined : readRecord(request.reportsDir, request.run);
  const evidence: Evidence = {
    now,
    maxAgeMs,
    version,
    run: record === undefined ? undefined : ofRun(record),
    comparison: record === undefined ? undefined : await comparisonOf(record, request),
    probes: probesOf(record, request.probes),
    capacity: request.capacity === undefined ? undefined : readCapacity(request.capacity),
    ab: request.ab === undefined ? undefined : readAb(request.ab),
  };
  return { evidence, record };
}

function ofRun(record: RunRecord): RunEvidence {
  const values = valuesOf(record);
  return {
    manifest: record.manifest,
    measured: (name) => values.get(name),
    peakBusy: record.windows.reduce((most, window) => Math.max(most, window.engine.vusBusy), 0),
    lastFigureMs: lastFigures(record),
  };
}

/** A sample that knows its limits alone, or that nothing is left to be watched, is no figure. */
function lastFigures({ resources }: RunRecord): Map<string, number> {
  const last = new Map<string, number>();
  for (const { atMs, source, rssBytes, heapBytes, cpuCores, fds, metrics = {} } of resources) {
    const isFigure = [rssBytes, heapBytes, cpuCores, fds].some((value) => value !== undefined);
    if (isFigure || Object.keys(metrics).length > 0) last.set(source, atMs);
  }
  return last;
}

/** A run that is part of the baseline proves nothing against it. */
async function comparisonOf(record: RunRecord, request: EvidenceRequest): Promise<Comparison | undefined> {
  const { baselinesDir, against, reportsDir } = request;
  if (!(await hasBaseline(baselinesDir, record.manifest.scenario, against))) return undefined;
  const { comparison } = await compareRefs({ refs: [record.folder], reportsDir, baselinesDir, against });
  return comparison.baseline?.runs.includes(record.manifest.id) === true ? undefined : comparison;
}

/** Of the run, then those given by themselves: later answers count. */
function probesOf(record: RunRecord | undefined, given: string | undefined): ProbeResult[] {
  const own = record === undefined ? undefined : join(record.folder, "probes.json");
  const files = [...(own !== undefined && existsSync(own) ? [own] : []), ...(given === undefined ? [] : [given])];
  const hint = "Run the probes again: loadline probe";
  return files.flatMap((path) => readJsonFile(path, probeResultsSchema, "probes", hint));
}

const capacitySchema = z.object({
  schema: z.literal("loadline.capacity/1"),
  capacity: z.number().nullable(),
  ownRate: z.number().nullable(),
  endedAt: z.string(),
});

function readCapacity(path: string): CapacityEvidence | undefined {
  const found = readJsonFile(path, capacitySchema, "capacity", "Measure it again: loadline capacity");
  return { perSecond: found.capacity ?? 0, scenarioRate: found.ownRate, at: found.endedAt };
}

const abSchema = z.object({ schema: z.literal("loadline.ab/1"), comparison: comparisonSchema });

/** b / a of the first latency that was judged, by statistic; rows without an interval prove nothing. */
function readAb(path: string): AbEvidence {
  const { comparison } = readJsonFile(path, abSchema, "ab", "Measure it again: loadline ab … --json");
  const ratios: Record<string, { estimate: number; high: number }> = {};
  for (const { statistic, unit, change, interval, verdict } of comparison.rows) {
    // Undecided for want of sessions: its interval is no proof either.
    if (unit !== "ms" || change === null || interval === null || verdict === "inconclusive") continue;
    ratios[statistic] ??= { estimate: 1 + change, high: 1 + interval.high };
  }
  return { at: startOf(comparison.candidate.runs.at(-1) ?? "", path), ratios };
}

/** When a run began, from its id. */
function startOf(id: string, path: string): string {
  const found = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-/.exec(id);
  if (found !== null) {
    const [, year, month, day, hour, minute, second] = found;
    return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
  }
  throw new Problem("ab.invalid", "The result does not say when its runs were made.", {
    at: `${path}: comparison.candidate.runs`,
    found: id,
    expected: "ids such as 20260118T142233Z-1a2b",
    hint: "Measure it again: loadline ab … --json",
  });
}
