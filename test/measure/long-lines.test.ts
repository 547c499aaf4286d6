import { expect, test } from "vitest";
import { LongLines } from "../../src/measure/long-lines.js";
import type { Series, WindowBatch } from "../../src/model/window.js";
import { Histogram, quantile } from "../../src/stats/histogram.js";

const series = (id: number, metric: string): Series =>
  ({ id, metric, type: "trend", tags: {}, windowsPerLine: 1 }) as Series;

/** The window of second `index`: what came in it took `index` + 1 ms. */
function windowOf(index: number, last = false): WindowBatch {
  const value = () => {
    const histogram = new Histogram();
    histogram.record(1000 * (index + 1), 2);
    return { kind: "trend" as const, histogram: histogram.toData() };
  };
  return {
    index,
    startMs: 1000 * index,
    lengthMs: 1000,
    newSeries: index === 0 ? [series(0, "http_req_duration"), series(1, "http_req_waiting")] : [],
    values: [
      { id: 0, value: value() },
      { id: 1, value: value() },
    ],
    checks: [],
    newGroups: [],
    engine: {} as WindowBatch["engine"],
    last,
  };
}

test("a line holds what came since the last one: each value is in one line, whole", () => {
  const lines = new LongLines(3_600_000);
  const found: { index: number; count: number; min: number; max: number; p50: number }[] = [];
  for (let index = 0; index < 150; index += 1) {
    const { values } = lines.fold(windowOf(index, index === 149));
    expect(values.filter(({ id }) => id === 0)).toHaveLength(1);
    for (const { id, value } of values) {
      if (id !== 1 || value.kind !== "trend") continue;
      const { count, min, max } = value.histogram;
      found.push({ index, count, min, max, p50: Math.round(quantile(value.histogram, 0.5) / 1000) });
    }
  }
  expect(found).toEqual([
    { index: 59, count: 120, min: 1000, max: 60_000, p50: expect.closeTo(30, -0.5) },
    { index: 119, count: 120, min: 61_000, max: 120_000, p50: expect.closeTo(90, -0.5) },
    { index: 149, count: 60, min: 121_000, max: 150_000, p50: expect.closeTo(135, -0.5) },
  ]);
});

test("a line that took long and one that did not are each their own, in the same memory", () => {
  const lines = new LongLines(3_600_000);
  const held = new Set<unknown>();
  for (let index = 0; index < 240; index += 1) {
    for (const { id, value } of lines.fold(windowOf(index)).values)
      if (id === 1) held.add((value as { histogram: unknown }).histogram);
  }
  expect(held.size).toBe(1);
});
