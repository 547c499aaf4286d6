import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WindowMerger } from "../../src/measure/merge-windows.js";
import { Totals } from "../../src/measure/totals.js";
import { emptyEngineWindow as quiet, type Series, type SeriesValue, type WindowBatch } from "../../src/model/window.js";
import { Histogram } from "../../src/stats/histogram.js";

const series = (id: number, metric: string, type: Series["type"]): Series => ({
  id,
  metric,
  type,
  contains: "default",
  tags: {},
  windowsPerLine: 1,
});
const trend = (...values: number[]): SeriesValue => {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return { kind: "trend", histogram: histogram.toData() };
};
const batch = (startMs: number, endMs: number, more: Partial<WindowBatch> = {}): WindowBatch => ({
  index: 0,
  startMs,
  lengthMs: endMs - startMs,
  newSeries: [],
  values: [],
  checks: [],
  engine: quiet,
  last: false,
  ...more,
});
const merging = (engines: number, oneProcess = true) => {
  const windows: WindowBatch[] = [];
  return { windows, merger: new WindowMerger({ engines, oneProcess, onWindow: (window) => windows.push(window) }) };
};
const spans = (windows: readonly WindowBatch[]) => windows.map((w) => [w.startMs, w.startMs + w.lengthMs, w.last]);

describe("a window of a run", () => {
  test("is complete when every engine has delivered it", () => {
    const { merger, windows } = merging(2);
    merger.add(0, batch(0, 1000));
    merger.add(0, batch(1000, 2000));
    expect(windows).toEqual([]);
    merger.add(1, batch(0, 1000));
    expect(spans(windows)).toEqual([[0, 1000, false]]);
    merger.add(1, batch(1000, 2000.4));
    expect(spans(windows)).toEqual([
      [0, 1000, false],
      [1000, 2000.4, false],
    ]);
    expect(windows.map(({ index }) => index)).toEqual([0, 1]);
  });

  test("of an engine that was held up takes the others' windows of that time with it", () => {
    const { merger, windows } = merging(2);
    for (const [from, to] of [
      [0, 1000],
      [1000, 2000],
      [2000, 3000],
      [3000, 4000],
    ] as const) {
      merger.add(0, batch(from, to, { engine: { ...quiet, started: 10 } }));
    }
    merger.add(1, batch(0, 3300, { engine: { ...quiet, started: 5 } }));
    merger.add(1, batch(3300, 4000, { engine: { ...quiet, started: 7 } }));
    expect(spans(windows)).toEqual([[0, 4000, false]]);
    expect(windows[0]?.engine.started).toBe(52);
  });

  test("is the last when every engine has come to its end, however long each took", () => {
    const { merger, windows } = merging(2);
    merger.add(0, batch(0, 400, { last: true }));
    merger.add(1, batch(0, 1000));
    merger.add(1, batch(1000, 1700, { last: true }));
    expect(spans(windows)).toEqual([
      [0, 1000, false],
      [1000, 1700, true],
    ]);
  });

  test("of an engine that died is kept, and nobody waits for its next", () => {
    const { merger, windows } = merging(2);
    merger.add(0, batch(0, 1000, { engine: { ...quiet, started: 3 } }));
    merger.leave(0);
    expect(windows).toEqual([]);
    merger.add(1, batch(0, 1000, { engine: { ...quiet, started: 4 } }));
    merger.add(1, batch(1000, 1500, { last: true }));
    expect(windows.map(({ engine }) => engine.started)).toEqual([7, 0]);
    expect(windows.at(-1)?.last).toBe(true);
  });

  test("comes at last even where the last engine of all died", () => {
    const { merger, windows } = merging(2);
    merger.add(0, batch(0, 1000));
    merger.add(1, batch(0, 1000));
    merger.add(0, batch(1000, 1200, { last: true }));
    merger.leave(1);
    expect(windows.filter(({ last }) => last)).toHaveLength(1);
  });
});

describe("what engines recorded at the same time", () => {
  test("adds up by name, whatever ids each engine gave", () => {
    const { merger, windows } = merging(2);
    merger.add(
      0,
      batch(0, 1000, {
        newSeries: [series(0, "took", "trend"), series(1, "made", "counter")],
        values: [
          { id: 0, value: trend(1, 5000) },
          { id: 1, value: { kind: "counter", sum: 2 } },
        ],
      }),
    );
    merger.add(
      1,
      batch(0, 1000, {
        newSeries: [series(0, "made", "counter"), series(7, "took", "trend"), series(8, "ok", "rate")],
        values: [
          { id: 0, value: { kind: "counter", sum: 3 } },
          { id: 7, value: trend(9, 70_000) },
          { id: 8, value: { kind: "rate", passes: 1, total: 4 } },
        ],
      }),
    );
    const totals = new Totals();
    for (const window of windows) totals.add(window);
    expect(windows[0]?.newSeries.map(({ metric }) => metric)).toEqual(["took", "made", "ok"]);
    expect(totals.find("made")?.value).toEqual({ kind: "counter", sum: 5 });
    expect(totals.find("ok")?.value).toEqual({ kind: "rate", passes: 1, total: 4 });
    const took = totals.find("took")?.value;
    expect(took?.kind === "trend" && { ...took.histogram, counts: 0 }).toMatchObject({
      count: 4,
      sum: 75_010,
      min: 1,
      max: 70_000,
    });
  });

  test("VUs and checks are those of all; of CPU and memory each thread reports its whole process", () => {
    const windowOf = (passes: number, vus: number): Partial<WindowBatch> => ({
      newSeries: [series(0, "vus", "gauge")],
      values: [{ id: 0, value: { kind: "gauge", value: vus, min: vus, max: vus } }],
      checks: [{ name: "ok", groupPath: "", passes, fails: 1 }],
      engine: { ...quiet, vus, longestStallMs: vus, gcMs: 2, cpuCores: 1.5, rssBytes: 100 },
    });
    const one = merging(2);
    one.merger.add(0, batch(0, 1000, windowOf(5, 3)));
    one.merger.add(1, batch(0, 1000, windowOf(6, 4)));
    expect(one.windows[0]?.values).toEqual([{ id: 0, value: { kind: "gauge", value: 7, min: 7, max: 7 } }]);
    expect(one.windows[0]?.checks).toEqual([{ name: "ok", groupPath: "", passes: 11, fails: 2 }]);
    expect(one.windows[0]?.engine).toMatchObject({ vus: 7, longestStallMs: 4, gcMs: 4, cpuCores: 1.5, rssBytes: 100 });
    const machines = merging(2, false);
    machines.merger.add(0, batch(0, 1000, windowOf(5, 3)));
    machines.merger.add(1, batch(0, 1000, windowOf(6, 4)));
    expect(machines.windows[0]?.engine).toMatchObject({ cpuCores: 3, rssBytes: 200 });
  });

  test("checks are counted from the run's start, also while only one engine makes them", () => {
    const { merger, windows } = merging(2);
    const check = (passes: number) => ({ checks: [{ name: "ok", groupPath: "", passes, fails: 0 }] });
    merger.add(0, batch(0, 1000, check(5)));
    merger.add(1, batch(0, 1000, check(6)));
    merger.add(0, batch(1000, 2000, check(8)));
    merger.add(1, batch(1000, 2000));
    expect(windows.map(({ checks }) => checks[0]?.passes)).toEqual([11, 14]);
  });

  test("nothing is lost and no window overlaps another, however the engines were held up", () => {
    const engine = fc.array(fc.boolean(), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(engine, { minLength: 1, maxLength: 4 }), fc.infiniteStream(fc.nat()), (engines, order) => {
        const { merger, windows } = merging(engines.length);
        let delivered = 0;
        const queues = engines.map((keeps) => {
          const ends = keeps.flatMap((kept, i) => (kept ? [(i + 1) * 1000] : []));
          const all = [...ends, keeps.length * 1000 + 300];
          return all.map((end, i) => {
            delivered += i + 1;
            const windowEngine = { ...quiet, started: i + 1 };
            return batch(all[i - 1] ?? 0, end, { engine: windowEngine, last: i === all.length - 1 });
          });
        });
        while (queues.some((queue) => queue.length > 0)) {
          const open = queues.flatMap((queue, i) => (queue.length > 0 ? [i] : []));
          const next = open[order.next().value! % open.length]!;
          merger.add(next, queues[next]!.shift()!);
        }
        expect(windows.reduce((sum, window) => sum + window.engine.started, 0)).toBe(delivered);
        expect(windows.map(({ last }) => last)).toEqual(windows.map((_, i) => i === windows.length - 1));
        let endMs = 0;
        for (const window of windows) {
          expect(window.startMs).toBe(endMs);
          endMs = window.startMs + window.lengthMs;
        }
        expect(endMs).toBe(Math.max(...engines.map((keeps) => keeps.length * 1000 + 300)));
      }),
    );
  });
});
