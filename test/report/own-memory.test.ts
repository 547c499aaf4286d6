import { expect, test } from "vitest";
import type { CounterWindow } from "../../src/model/run.js";
import { makeOwnMemory } from "../../src/report/own-memory.js";

const windows = (seconds: number, rssBytes: (second: number) => number) =>
  Array.from(
    { length: seconds },
    (_, second) =>
      ({ startMs: second * 1000, lengthMs: 1000, engine: { rssBytes: rssBytes(second) } }) as CounterWindow,
  );

test("an hour has its memory at 5, 30 and 60 minutes, single jumps left out", () => {
  const hour = windows(3600, (second) => (second === 300 ? 9e9 : 1e8 + second));
  expect(makeOwnMemory({ windows: hour })).toEqual([
    { atS: 300, rssBytes: 1e8 + 301 },
    { atS: 1800, rssBytes: 1e8 + 1800 },
    { atS: 3600, rssBytes: 1e8 + 3592 },
  ]);
});

test("a short run has its own marks, and one without figures none", () => {
  expect(makeOwnMemory({ windows: windows(60, () => 7) }).map(({ atS }) => atS)).toEqual([6, 30, 60]);
  expect(makeOwnMemory({ windows: windows(60, () => 0) })).toEqual([]);
  expect(makeOwnMemory({ windows: [] })).toEqual([]);
});
