import { seriesName } from "../model/metric.js";
import type { CheckCount, EngineWindow, Series, SeriesValue, WindowBatch } from "../model/window.js";
import { combine } from "./totals.js";

/** Windows that end within this of one another end together: a timer's lateness, never a window. */
const sameEndMs = 60;

/** Gauges that count what each engine has of its own; of other gauges the latest value stands. */
const summedGauges = new Set(["vus", "vus_max"]);

export interface WindowMergerParts {
  /** How many engines there are. */
  readonly engines: number;
  /**
   * True where all engines are threads of one process, whose CPU and memory each of them reports whole; false where
   * they are processes, or machines, of their own.
   */
  readonly oneProcess: boolean;
  readonly onWindow: (batch: WindowBatch) => void;
}

interface Engine {
  readonly queue: WindowBatch[];
  /** By the engine's id: ours. */
  readonly ids: Map<number, number>;
  /** Latest counts since the run's start. */
  readonly checks: Map<string, CheckCount>;
  /** Delivers no more. */
  gone: boolean;
}

/**
 * Makes one run's windows of those of several engines, without loss: histograms and counters add up.
 *
 * A window is complete when every engine has delivered it. An engine that was held up and cut a longer window makes the
 * others' windows of that time one.
 */
export class WindowMerger {
  private readonly engines: Engine[];
  private readonly groups = new Set<string>();
  private readonly ids = new Map<string, number>();
  private readonly series = new Map<number, Series>();
  private index = 0;
  private endMs = 0;
  private ended = false;

  constructor(private readonly parts: WindowMergerParts) {
    this.engines = Array.from({ length: parts.engines }, () => ({
      queue: [],
      ids: new Map(),
      checks: new Map(),
      gone: false,
    }));
  }

  /** Windows of an engine come in order. */
  add(engine: number, batch: WindowBatch): void {
    const one = this.engines[engine]!;
    one.queue.push(batch);
    if (batch.last) one.gone = true;
    this.emit();
  }

  /** The engine delivers no more; what it has delivered still counts. */
  leave(engine: number): void {
    this.engines[engine]!.gone = true;
    this.emit();
    // Where the others had ended before: what is held back for longer lines comes with a last window.
    if (this.index > 0 && !this.ended && this.engines.every(({ gone }) => gone)) this.merge(this.engines.map(() => []));
  }

  private emit(): void {
    for (;;) {
      const counts = this.nextCounts();
      if (counts === undefined) return;
      this.merge(this.engines.map(({ queue }, i) => queue.splice(0, counts[i]!)));
    }
  }

  /** How many windows of each engine make the next one; undefined while some are missing. */
  private nextCounts(): number[] | undefined {
    let endMs = 0;
    for (;;) {
      const counts = this.engines.map(({ queue }) => {
        const index = queue.findIndex((batch) => batch.last || endOf(batch) >= endMs - sameEndMs);
        return index < 0 ? queue.length : index + 1;
      });
      const ends: number[] = [];
      for (const [i, { queue, gone }] of this.engines.entries()) {
        const last = queue[counts[i]! - 1];
        const isWhole = last !== undefined && (last.last || endOf(last) >= endMs - sameEndMs);
        if (!isWhole && !gone) return undefined;
        if (last !== undefined && !last.last) ends.push(endOf(last));
      }
      // Only last windows are left, or nothing at all: whatever their length, they end the run together.
      if (ends.length === 0)
        return counts.some((count) => count > 0) ? this.engines.map((e) => e.queue.length) : undefined;
      const furthest = Math.max(...ends);
      if (furthest <= endMs + sameEndMs) return counts;
      endMs = furthest;
    }
  }

  private merge(parts: readonly (readonly WindowBatch[])[]): void {
    const all = parts.flat();
    const startMs = this.endMs;
    this.endMs = Math.max(startMs, ...all.map(endOf));
    this.ended = this.engines.every(({ queue, gone }) => gone && queue.length === 0);
    const newSeries: Series[] = [];
    const values = new Map<number, SeriesValue>();
    const changed = new Set<string>();
    const newGroups = all.flatMap((batch) => batch.newGroups ?? []).filter((path) => !this.groups.has(path));
    for (const path of newGroups) this.groups.add(path);
    for (const [engine, batches] of parts.entries()) {
      const { ids, checks } = this.engines[engine]!;
      const own = new Map<number, SeriesValue>();
      for (const batch of batches) {
        for (const series of batch.newSeries) ids.set(series.id, this.idOf(series, newSeries));
        for (const { id, value } of batch.values) {
          const merged = ids.get(id);
          if (merged !== undefined) own.set(merged, combine(own.get(merged), value));
        }
        for (const check of batch.checks) {
          const key = `${check.groupPath}::${check.name}`;
          checks.set(key, check);
          changed.add(key);
        }
      }
      for (const [id, value] of own) values.set(id, this.together(id, values.get(id), value));
    }
    this.parts.onWindow({
      index: this.index,
      startMs,
      lengthMs: this.endMs - startMs,
      newSeries,
      values: [...values].map(([id, value]) => ({ id, value })),
      checks: [...changed].map((key) => this.sumOfCheck(key)),
      newGroups: [...new Set(newGroups)],
      engine: this.engineOf(parts, this.endMs - startMs),
      last: this.ended,
    });
    this.index += 1;
  }

  private idOf(series: Series, newSeries: Series[]): number {
    const name = seriesName(series);
    let id = this.ids.get(name);
    if (id === undefined) {
      id = this.ids.size;
      this.ids.set(name, id);
      const ours = { ...series, id };
      this.series.set(id, ours);
      newSeries.push(ours);
    }
    return id;
  }

  /** Two engines' values of the same time. */
  private together(id: number, one: SeriesValue | undefined, other: SeriesValue): SeriesValue {
    if (one?.kind === "gauge" && other.kind === "gauge" && summedGauges.has(this.series.get(id)!.metric)) {
      const { value, min, max } = other;
      return { kind: "gauge", value: one.value + value, min: one.min + min, max: one.max + max };
    }
    return combine(one, other);
  }

  private sumOfCheck(key: string): CheckCount {
    const counts = this.engines.flatMap(({ checks }) => checks.get(key) ?? []);
    return {
      ...counts[0]!,
      passes: counts.reduce((sum, count) => sum + count.passes, 0),
      fails: counts.reduce((sum, count) => sum + count.fails, 0),
    };
  }

  private engineOf(parts: readonly (readonly WindowBatch[])[], lengthMs: number): EngineWindow {
    const windows = parts.flat().map(({ engine }) => engine);
    const latest = parts.flatMap((batches) => batches.at(-1)?.engine ?? []);
    const cpuCores = parts.map(
      (batches) =>
        batches.reduce((sum, batch) => sum + batch.engine.cpuCores * batch.lengthMs, 0) / Math.max(1, lengthMs),
    );
    const rssBytes = parts.map((batches) => Math.max(0, ...batches.map(({ engine }) => engine.rssBytes)));
    const overProcesses = this.parts.oneProcess ? greatest : total;
    const over = (key: keyof EngineWindow): number => total(windows.map((window) => window[key]));
    const now = (key: keyof EngineWindow): number => total(latest.map((window) => window[key]));
    return {
      planned: over("planned"),
      started: over("started"),
      dropped: over("dropped"),
      droppedByUs: over("droppedByUs"),
      interrupted: over("interrupted"),
      vus: now("vus"),
      vusMax: now("vusMax"),
      vusBusy: now("vusBusy"),
      // One engine's stall delays its own arrivals, whatever the others do.
      longestStallMs: greatest(windows.map((window) => window.longestStallMs)),
      gcMs: over("gcMs"),
      cpuCores: overProcesses(cpuCores),
      rssBytes: overProcesses(rssBytes),
      ownSocketErrors: over("ownSocketErrors"),
      unanswered: over("unanswered"),
    };
  }
}

function endOf({ startMs, lengthMs }: WindowBatch): number {
  return startMs + lengthMs;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function greatest(values: readonly number[]): number {
  return Math.max(0, ...values);
}
