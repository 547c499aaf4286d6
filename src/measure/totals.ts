import { seriesName } from "../model/metric.js";
import type { CheckCount, Series, SeriesValue, WindowBatch } from "../model/window.js";
import { Histogram } from "../stats/histogram.js";

/** A series with its value over the whole run so far. */
export interface SeriesTotal {
  readonly series: Series;
  readonly value: SeriesValue;
}

/** The run's totals, fed a window at a time; constant memory however long the run. */
export class Totals {
  private readonly byId = new Map<number, { series: Series; value: SeriesValue | undefined }>();
  private readonly ids = new Map<string, number>();
  private readonly checkCounts = new Map<string, CheckCount>();
  private readonly entered = new Set<string>();

  add(batch: WindowBatch): void {
    for (const series of batch.newSeries) {
      this.byId.set(series.id, { series, value: undefined });
      this.ids.set(seriesName(series), series.id);
    }
    for (const { id, value } of batch.values) {
      const entry = this.byId.get(id);
      if (entry !== undefined) entry.value = combine(entry.value, value);
    }
    for (const check of batch.checks) this.checkCounts.set(`${check.groupPath}::${check.name}`, check);
    for (const groupPath of batch.newGroups ?? []) this.entered.add(groupPath);
  }

  /** By series name; undefined where it does not exist or has no value yet. */
  find(name: string): SeriesTotal | undefined {
    const entry = this.byId.get(this.ids.get(name) ?? -1);
    return entry?.value === undefined ? undefined : { series: entry.series, value: entry.value };
  }

  /** The series itself, also while it has no value. */
  seriesOf(id: number): Series | undefined {
    return this.byId.get(id)?.series;
  }

  *entries(): Iterable<SeriesTotal> {
    for (const { series, value } of this.byId.values()) {
      if (value !== undefined) yield { series, value };
    }
  }

  get metricTypes(): ReadonlyMap<string, Series> {
    return new Map([...this.byId.values()].map(({ series }) => [series.metric, series]));
  }

  get checks(): readonly CheckCount[] {
    return [...this.checkCounts.values()];
  }

  /** Paths of the groups that were entered, in that order. */
  get groups(): readonly string[] {
    return [...this.entered];
  }
}

/** The value over two stretches of time, the later one second. A total trend's histogram is grown in place. */
export function combine(earlier: SeriesValue | undefined, later: SeriesValue): SeriesValue {
  if (earlier === undefined || earlier.kind !== later.kind) {
    return later.kind === "trend" ? { kind: "trend", histogram: Histogram.of(later.histogram) } : later;
  }
  switch (later.kind) {
    case "counter":
      return { kind: "counter", sum: (earlier as typeof later).sum + later.sum };
    case "rate": {
      const before = earlier as typeof later;
      return { kind: "rate", passes: before.passes + later.passes, total: before.total + later.total };
    }
    case "gauge": {
      const before = earlier as typeof later;
      return {
        kind: "gauge",
        value: later.value,
        min: Math.min(before.min, later.min),
        max: Math.max(before.max, later.max),
      };
    }
    case "trend": {
      const histogram = (earlier as typeof later).histogram;
      if (histogram instanceof Histogram) histogram.merge(later.histogram);
      return earlier;
    }
  }
}
