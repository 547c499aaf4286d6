import type { Metric, Tags } from "../model/metric.js";
import type { Series, SeriesValue } from "../model/window.js";
import { Histogram } from "../stats/histogram.js";
import { trendScale } from "../stats/trend.js";

/** One series while it is being filled; `drain` hands over what came since the last call. */
export interface LiveSeries {
  readonly series: Series;
  add(value: number): void;
  /** Undefined when nothing came. */
  drain(): SeriesValue | undefined;
  /** Takes a drained value back; one of another kind is none of this series and is left out. */
  absorb(value: SeriesValue): void;
}

/** @returns the accumulator that suits the metric's type */
export function liveSeries(id: number, metric: Metric, tags: Tags): LiveSeries {
  const series: Series = {
    id,
    metric: metric.name,
    type: metric.type,
    contains: metric.contains,
    tags,
    windowsPerLine: 1,
  };
  switch (metric.type) {
    case "trend":
      return new LiveTrend(series);
    case "counter":
      return new LiveCounter(series);
    case "rate":
      return new LiveRate(series);
    case "gauge":
      return new LiveGauge(series);
  }
}

class LiveTrend implements LiveSeries {
  private readonly histogram = new Histogram();
  constructor(readonly series: Series) {}
  add(value: number): void {
    this.histogram.record(value * trendScale);
  }
  absorb(value: SeriesValue): void {
    if (value.kind === "trend") this.histogram.merge(value.histogram);
  }
  drain(): SeriesValue | undefined {
    if (this.histogram.count === 0) return undefined;
    const histogram = this.histogram.toData();
    this.histogram.clear();
    return { kind: "trend", histogram };
  }
}

class LiveCounter implements LiveSeries {
  private sum = 0;
  private touched = false;
  constructor(readonly series: Series) {}
  add(value: number): void {
    this.sum += value;
    this.touched = true;
  }
  absorb(value: SeriesValue): void {
    if (value.kind === "counter") this.add(value.sum);
  }
  drain(): SeriesValue | undefined {
    if (!this.touched) return undefined;
    const value: SeriesValue = { kind: "counter", sum: this.sum };
    this.sum = 0;
    this.touched = false;
    return value;
  }
}

class LiveRate implements LiveSeries {
  private passes = 0;
  private total = 0;
  constructor(readonly series: Series) {}
  add(value: number): void {
    if (value !== 0) this.passes += 1;
    this.total += 1;
  }
  absorb(value: SeriesValue): void {
    if (value.kind !== "rate") return;
    this.passes += value.passes;
    this.total += value.total;
  }
  drain(): SeriesValue | undefined {
    if (this.total === 0) return undefined;
    const value: SeriesValue = { kind: "rate", passes: this.passes, total: this.total };
    this.passes = 0;
    this.total = 0;
    return value;
  }
}

class LiveGauge implements LiveSeries {
  private value = 0;
  private min = Number.POSITIVE_INFINITY;
  private max = Number.NEGATIVE_INFINITY;
  constructor(readonly series: Series) {}
  add(value: number): void {
    this.value = value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }
  absorb(value: SeriesValue): void {
    if (value.kind !== "gauge") return;
    this.add(value.min);
    this.add(value.max);
    this.value = value.value;
  }
  drain(): SeriesValue | undefined {
    if (this.min > this.max) return undefined;
    const value: SeriesValue = { kind: "gauge", value: this.value, min: this.min, max: this.max };
    this.min = Number.POSITIVE_INFINITY;
    this.max = Number.NEGATIVE_INFINITY;
    return value;
  }
}
