import type { ResourceSummary } from "../model/run.js";
import type { ResourceSample } from "../model/window.js";

const figures = ["rssBytes", "pssBytes", "heapBytes", "cpuCores", "fds", "threads", "throttledRatio"] as const;

// Beyond this every other value is dropped: three significant digits of a quantile need far fewer.
const mostValues = 65_536;
/** Of what it may use: a scheduler leaves the last bit to nobody for a whole second. */
const saturatedShare = 0.9;

interface Values {
  kept: number[];
  /** One of so many is kept. */
  stride: number;
  seen: number;
  min: number;
  max: number;
  last: number;
}

interface SourceTally {
  samples: number;
  readonly values: Map<(typeof figures)[number], Values>;
  readonly events: { atMs: number; event: string }[];
  lastMs: number | undefined;
  cpuSeconds: number;
  /** Time for which the CPU is known. */
  cpuOverMs: number;
  limitCores: number | undefined;
  limited: number;
  saturated: number;
}

/** What was asked of the target while it was watched. */
export interface AskedLoad {
  readonly requests: number;
  readonly durationMs: number;
}

/** Collects samples as they come; holds their figures alone, at most half a megabyte each. */
export class ResourceTally {
  readonly #sources = new Map<string, SourceTally>();

  /** @param ofLoad whether the load still ran: else only what happened is kept, so that runs with a drain stay comparable */
  add(sample: ResourceSample, ofLoad = true): void {
    let tally = this.#sources.get(sample.source);
    if (tally === undefined) {
      tally = {
        samples: 0,
        values: new Map(),
        events: [],
        lastMs: undefined,
        cpuSeconds: 0,
        cpuOverMs: 0,
        limitCores: undefined,
        limited: 0,
        saturated: 0,
      };
      this.#sources.set(sample.source, tally);
    }
    if (sample.event !== undefined) tally.events.push({ atMs: sample.atMs, event: sample.event });
    if (!ofLoad) return;
    tally.samples += 1;
    addCpu(tally, sample);
    for (const figure of figures) {
      const value = sample[figure];
      if (value === undefined) continue;
      let values = tally.values.get(figure);
      if (values === undefined) {
        values = { kept: [], stride: 1, seen: 0, min: value, max: value, last: value };
        tally.values.set(figure, values);
      }
      keep(values, value);
    }
  }

  /** CPU of these sources together while the load ran, cores, mean. */
  coresOf(sources: ReadonlySet<string>): number {
    const tallies = [...this.#sources].filter(([name, { cpuOverMs }]) => sources.has(name) && cpuOverMs > 0);
    return tallies.reduce((sum, [, { cpuSeconds, cpuOverMs }]) => sum + (cpuSeconds / cpuOverMs) * 1000, 0);
  }

  /**
   * Each source's figures so far, sources in the order of their first sample.
   *
   * Quantiles interpolate linearly at rank q × (n − 1); a figure that no sample had is absent.
   *
   * @param asked for what a thousand requests cost
   */
  summaries(asked?: AskedLoad): ResourceSummary[] {
    return [...this.#sources].map(([source, tally]) => {
      const { samples, values, events, limitCores, limited, saturated } = tally;
      const summary: ResourceSummary = { source, samples, events: [...events] };
      for (const [figure, seen] of values) summary[figure] = quantilesOf(seen);
      if (limitCores !== undefined) summary.limitCores = limitCores;
      if (limited > 0) summary.saturatedRatio = saturated / limited;
      const cost = asked === undefined ? undefined : costOf(tally, asked);
      if (cost !== undefined) summary.cpuSecondsPerThousand = cost;
      return summary;
    });
  }
}

/**
 * {@link ResourceTally.summaries} of samples that are all there.
 *
 * @param loadEndMs what came later was no longer of the load
 */
export function summariseResources(
  samples: Iterable<ResourceSample>,
  asked?: AskedLoad,
  loadEndMs = Number.POSITIVE_INFINITY,
): ResourceSummary[] {
  const tally = new ResourceTally();
  for (const sample of samples) tally.add(sample, sample.atMs <= loadEndMs);
  return tally.summaries(asked);
}

function addCpu(tally: SourceTally, { atMs, cpuCores, limitCores }: ResourceSample): void {
  const passedMs = tally.lastMs === undefined ? 0 : atMs - tally.lastMs;
  tally.lastMs = atMs;
  tally.limitCores = limitCores ?? tally.limitCores;
  if (cpuCores === undefined) return;
  tally.cpuSeconds += (cpuCores * passedMs) / 1000;
  tally.cpuOverMs += passedMs;
  if (tally.limitCores === undefined) return;
  tally.limited += 1;
  if (cpuCores >= saturatedShare * tally.limitCores) tally.saturated += 1;
}

/** Mean CPU over mean rate: samples do not begin and end with the load to the millisecond. */
function costOf({ cpuSeconds, cpuOverMs }: SourceTally, { requests, durationMs }: AskedLoad): number | undefined {
  if (cpuOverMs === 0 || requests === 0 || durationMs === 0) return undefined;
  return ((cpuSeconds / cpuOverMs) * durationMs * 1000) / requests;
}

function keep(values: Values, value: number): void {
  if (values.seen % values.stride === 0) values.kept.push(value);
  values.seen += 1;
  values.min = Math.min(values.min, value);
  values.max = Math.max(values.max, value);
  values.last = value;
  if (values.kept.length <= mostValues) return;
  values.kept = values.kept.filter((_, i) => i % 2 === 0);
  values.stride *= 2;
}

function quantilesOf({ kept, min, max, last }: Values): NonNullable<ResourceSummary["rssBytes"]> {
  const sorted = Float64Array.from(kept).sort();
  const at = (q: number) => {
    const rank = q * (sorted.length - 1);
    const below = sorted[Math.floor(rank)]!;
    const above = sorted[Math.ceil(rank)]!;
    return below + (above - below) * (rank - Math.floor(rank));
  };
  return { min, p50: at(0.5), p95: at(0.95), max, last };
}
