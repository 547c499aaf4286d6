import { type LeakFigure, type LeakSeries, leakFigures } from "../model/leak.js";
import type { ResourceSample } from "../model/window.js";

const firstBucketMs = 1000;
const mostBuckets = 4096;

/** The lowest values of one figure of one source since it last started. */
export interface FloorSeries extends LeakSeries {
  readonly source: string;
  readonly figure: LeakFigure;
  /** Of memory, as the newest sample told it. */
  readonly limitBytes?: number;
}

/**
 * Keeps what a leak verdict needs of any number of samples: the lowest of each second, then of two, four, … seconds
 * as the run goes on. An hour has one value a second, a week one each four minutes; memory is bounded.
 */
export class FloorLog {
  readonly #sources = new Map<string, { limitBytes: number | undefined; figures: Map<LeakFigure, Buckets> }>();

  add(sample: ResourceSample): void {
    let known = this.#sources.get(sample.source);
    // A new process begins anew: growth across its birth would mean nothing.
    if (known === undefined || isRestart(sample.event)) {
      known = { limitBytes: undefined, figures: new Map() };
      this.#sources.set(sample.source, known);
    }
    known.limitBytes = sample.limitBytes ?? known.limitBytes;
    for (const figure of leakFigures) {
      const value = sample[figure];
      if (value === undefined) continue;
      let buckets = known.figures.get(figure);
      if (buckets === undefined) {
        buckets = new Buckets();
        known.figures.set(figure, buckets);
      }
      buckets.add(sample.atMs, value);
    }
  }

  series(): FloorSeries[] {
    return [...this.#sources].flatMap(([source, { limitBytes, figures }]) =>
      [...figures].map(([figure, { timesMs, values }]) => ({
        source,
        figure,
        timesMs,
        values,
        ...(limitBytes === undefined ? {} : { limitBytes }),
      })),
    );
  }
}

/** Whether an event tells of a new process under an old name. */
export function isRestart(event: string | undefined): boolean {
  return event !== undefined && /^(re)?started\b/.test(event);
}

class Buckets {
  timesMs: number[] = [];
  values: number[] = [];
  private widthMs = firstBucketMs;

  add(atMs: number, value: number): void {
    const last = this.timesMs.length - 1;
    if (last >= 0 && this.sameBucket(this.timesMs[last]!, atMs)) {
      if (value < this.values[last]!) {
        this.values[last] = value;
        this.timesMs[last] = atMs;
      }
      return;
    }
    this.timesMs.push(atMs);
    this.values.push(value);
    if (this.timesMs.length > mostBuckets) this.widen();
  }

  private widen(): void {
    const { timesMs, values } = this;
    this.timesMs = [];
    this.values = [];
    this.widthMs *= 2;
    for (const [i, timeMs] of timesMs.entries()) this.add(timeMs, values[i]!);
  }

  private sameBucket(a: number, b: number): boolean {
    return Math.floor(a / this.widthMs) === Math.floor(b / this.widthMs);
  }
}
