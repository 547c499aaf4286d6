import type { ResourceSummary } from "../model/run.js";
import type { ResourceSample } from "../model/window.js";

const figures = ["rssBytes", "pssBytes", "heapBytes", "cpuCores", "fds", "threads"] as const;

// Beyond this every other value is dropped: three significant digits of a quantile need far fewer.
const mostValues = 65_536;

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
}

/** Collects samples as they come; holds their figures alone, at most half a megabyte each. */
export class ResourceTally {
  readonly #sources = new Map<string, SourceTally>();

  add(sample: ResourceSample): void {
    let tally = this.#sources.get(sample.source);
    if (tally === undefined) {
      tally = { samples: 0, values: new Map(), events: [] };
      this.#sources.set(sample.source, tally);
    }
    tally.samples += 1;
    if (sample.event !== undefined) tally.events.push({ atMs: sample.atMs, event: sample.event });
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

  /**
   * Each source's figures so far, sources in the order of their first sample.
   *
   * Quantiles interpolate linearly at rank q × (n − 1); a figure that no sample had is absent.
   */
  summaries(): ResourceSummary[] {
    return [...this.#sources].map(([source, { samples, values, events }]) => {
      const summary: ResourceSummary = { source, samples, events: [...events] };
      for (const [figure, seen] of values) summary[figure] = quantilesOf(seen);
      return summary;
    });
  }
}

/** {@link ResourceTally.summaries} of samples that are all there. */
export function summariseResources(samples: Iterable<ResourceSample>): ResourceSummary[] {
  const tally = new ResourceTally();
  for (const sample of samples) tally.add(sample);
  return tally.summaries();
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
