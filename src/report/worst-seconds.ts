import type { RunRecord } from "../model/run.js";
import type { ResourceSample } from "../model/window.js";
import type { TimeLines } from "./time-lines.js";

const shown = 10;
const minuteMs = 60_000;

/** What a watched source did in one of the worst seconds of latency, beside what it did as a rule. */
export interface WorstSecond {
  readonly atS: number;
  readonly p99Ms: number;
  readonly sources: readonly {
    readonly source: string;
    readonly rssBytes?: number;
    /** Since the sample before: a fall is memory that was given back, as after a collection. */
    readonly rssChangeBytes?: number;
    readonly cpuCores?: number;
    readonly gcMs?: number;
    readonly throttledRatio?: number;
    readonly event?: string;
  }[];
}

/** The columns with the highest p99, worst first, each with the sample of every source nearest to its middle. */
export function makeWorstSeconds(record: RunRecord, time: TimeLines): WorstSecond[] {
  const bySource = groupBySource(record.resources);
  if (bySource.size === 0) return [];
  const columns = (time.headline?.p99 ?? []).flatMap((p99Ms, i) => (p99Ms === null ? [] : [{ i, p99Ms }]));
  const worst = columns.sort((a, b) => b.p99Ms - a.p99Ms || a.i - b.i).slice(0, shown);
  return worst.map(({ i, p99Ms }) => {
    const middleMs = (i + 0.5) * time.stepMs;
    return {
      atS: (i * time.stepMs) / 1000,
      p99Ms,
      sources: [...bySource].map(([source, samples]) => {
        const at = nearest(samples, middleMs);
        const { rssBytes, cpuCores, gcMs, throttledRatio, event } = samples[at]!;
        const before = samples[at - 1]?.rssBytes;
        return {
          source,
          ...(rssBytes === undefined ? {} : { rssBytes }),
          ...(rssBytes === undefined || before === undefined ? {} : { rssChangeBytes: rssBytes - before }),
          ...(cpuCores === undefined ? {} : { cpuCores }),
          ...(gcMs === undefined ? {} : { gcMs }),
          ...(throttledRatio === undefined ? {} : { throttledRatio }),
          ...(event === undefined ? {} : { event }),
        };
      }),
    };
  });
}

/** What a thousand requests cost a source: worth watching by itself, for it grows before latency does. */
export interface CpuPerThousand {
  readonly source: string;
  /** CPU seconds over the whole run, as run.json has them. */
  readonly seconds: number;
  /** The same by minute; null where nothing was asked. */
  readonly minutes: readonly (number | null)[];
}

/** CPU time between samples, over the requests of the same time; sources without CPU figures are left out. */
export function makeCpuPerThousand(record: RunRecord): CpuPerThousand[] {
  const requests: number[] = [];
  let endMs = 0;
  for (const { startMs, lengthMs, counters } of record.windows) {
    const minute = Math.floor(startMs / minuteMs);
    requests[minute] = (requests[minute] ?? 0) + (counters.http_reqs ?? 0);
    endMs = Math.max(endMs, startMs + lengthMs);
  }
  const costs = new Map(record.manifest.resources.map((one) => [one.source, one.cpuSecondsPerThousand]));
  return [...groupBySource(record.resources)].flatMap(([source, samples]) => {
    const seconds = costs.get(source);
    const used: number[] = [];
    for (const [i, { atMs, cpuCores }] of samples.entries()) {
      // What came after the load was for none of its requests.
      if (i === 0 || cpuCores === undefined || atMs > endMs + 1000) continue;
      const minute = Math.floor(atMs / minuteMs);
      used[minute] = (used[minute] ?? 0) + (cpuCores * (atMs - samples[i - 1]!.atMs)) / 1000;
    }
    if (used.length === 0 || seconds === undefined) return [];
    const minutes = Array.from({ length: requests.length }, (_, minute) => {
      const count = requests[minute] ?? 0;
      return count === 0 ? null : round(((used[minute] ?? 0) / count) * 1000);
    });
    return [{ source, seconds: round(seconds), minutes }];
  });
}

function groupBySource(samples: readonly ResourceSample[]): Map<string, ResourceSample[]> {
  const bySource = new Map<string, ResourceSample[]>();
  for (const sample of samples) {
    const known = bySource.get(sample.source);
    if (known === undefined) bySource.set(sample.source, [sample]);
    else known.push(sample);
  }
  return bySource;
}

/** Index of the sample nearest in time; they are in its order. */
function nearest(samples: readonly ResourceSample[], atMs: number): number {
  let low = 0;
  let high = samples.length - 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (samples[middle]!.atMs < atMs) low = middle + 1;
    else high = middle;
  }
  const before = samples[low - 1];
  return before !== undefined && atMs - before.atMs < Math.abs(samples[low]!.atMs - atMs) ? low - 1 : low;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
