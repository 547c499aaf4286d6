import { expect, test } from "vitest";
import { judgeLeak } from "../../src/compare/leak.js";
import { crossedByLeak, crossedBySample, parseStopRule } from "../../src/compare/stop-rules.js";

test("rules are read with their units", () => {
  expect(parseStopRule("memory > 1GB")).toMatchObject({ figure: "rssBytes", limit: 1e9 });
  expect(parseStopRule("heap>512 MiB")).toMatchObject({ figure: "heapBytes", limit: 512 * 1024 ** 2 });
  expect(parseStopRule("cpu > 1.5")).toMatchObject({ figure: "cpuCores", limit: 1.5 });
  expect(parseStopRule("Leak certain")).toMatchObject({ kind: "leak" });
});

test.each(["memory", "memory < 1GB", "fds > 1GB", "constructor > 1", "memory > 1constructor", "cpu > -1", "leak", ""])(
  "%j is no rule, and the message names what is",
  (text) => {
    expect(() => parseStopRule(text)).toThrow(expect.objectContaining({ code: "stop-rule.unknown" }));
  },
);

test("a rule is crossed above its limit, and says by whom", () => {
  const rules = [parseStopRule("fds > 100")];
  expect(crossedBySample(rules, { atMs: 0, source: "api", fds: 100 })).toBeUndefined();
  expect(crossedBySample(rules, { atMs: 0, source: "api" })).toBeUndefined();
  expect(crossedBySample(rules, { atMs: 0, source: "api", fds: 101 })).toMatch(/"fds > 100": api has 101/);
});

test("a leak is certain when two looks in a row call it one", () => {
  const rules = [parseStopRule("leak certain")];
  const timesMs = Array.from({ length: 600 }, (_, i) => i * 1000);
  const leaking = judgeLeak({ timesMs, values: timesMs.map((ms) => 5e7 + ms * 100) }, { source: "api" });
  expect(leaking.verdict).toBe("leaking");
  expect(crossedByLeak(rules, [leaking], [])).toBeUndefined();
  expect(crossedByLeak(rules, [leaking], [leaking])).toMatch(/leak certain/);
  expect(crossedByLeak([], [leaking], [leaking])).toBeUndefined();
});
