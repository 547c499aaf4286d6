import type { RunRecord } from "../model/run.js";
import { type Line, round } from "./time-lines.js";

const sampleLimit = 3600;

/** What one watched source used, sample by sample. A line that the source never had is absent. */
export interface ResourceLines {
  readonly source: string;
  /** The generator itself, which the report keeps apart from the target. */
  readonly isHarness: boolean;
  /** Seconds since the run's start. */
  readonly atS: readonly number[];
  readonly rssBytes?: Line;
  readonly pssBytes?: Line;
  readonly heapBytes?: Line;
  /** Cores. */
  readonly cpuCores?: Line;
  readonly fds?: Line;
  readonly threads?: Line;
  readonly events: readonly { readonly atS: number; readonly event: string }[];
}

interface Sample {
  readonly atMs: number;
  readonly event?: string;
  readonly rssBytes?: number;
  readonly pssBytes?: number;
  readonly heapBytes?: number;
  readonly cpuCores?: number;
  readonly fds?: number;
  readonly threads?: number;
}
const fields = ["rssBytes", "pssBytes", "heapBytes", "cpuCores", "fds", "threads"] as const;

/** Targets first, the generator last; its own engine's windows stand in where nothing else watched it. */
export function makeResourceLines(record: RunRecord): ResourceLines[] {
  const bySource = new Map<string, Sample[]>();
  for (const sample of record.resources) {
    const list = bySource.get(sample.source);
    if (list === undefined) bySource.set(sample.source, [sample]);
    else list.push(sample);
  }
  if (!bySource.has("harness") && record.windows.length > 0) {
    bySource.set(
      "harness",
      record.windows.map(({ startMs, lengthMs, engine }) => ({
        atMs: startMs + lengthMs,
        rssBytes: engine.rssBytes,
        cpuCores: engine.cpuCores,
      })),
    );
  }
  return [...bySource]
    .map(([source, samples]) => linesOf(source, samples))
    .sort((a, b) => Number(a.isHarness) - Number(b.isHarness) || (a.source < b.source ? -1 : 1));
}

function linesOf(source: string, samples: readonly Sample[]): ResourceLines {
  const kept = thin(samples);
  const lines: Partial<Record<(typeof fields)[number], Line>> = {};
  for (const field of fields) {
    if (!samples.some((sample) => sample[field] !== undefined)) continue;
    lines[field] = kept.map((sample) => (sample[field] === undefined ? null : round(sample[field])));
  }
  return {
    source,
    isHarness: source === "harness",
    atS: kept.map((sample) => round1(sample.atMs / 1000)),
    ...lines,
    events: samples.flatMap(({ atMs, event }) => (event === undefined ? [] : [{ atS: round1(atMs / 1000), event }])),
  };
}

/** Keeps at most the limit; of each group the sample with the highest memory, because peaks are the point. */
function thin(samples: readonly Sample[]): readonly Sample[] {
  if (samples.length <= sampleLimit) return samples;
  const group = Math.ceil(samples.length / sampleLimit);
  const kept: Sample[] = [];
  for (let from = 0; from < samples.length; from += group) {
    kept.push(
      samples
        .slice(from, from + group)
        .reduce((top, next) => ((next.rssBytes ?? 0) > (top.rssBytes ?? 0) ? next : top)),
    );
  }
  return kept;
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}
