import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { toComparedSide } from "../../src/baseline/sides.js";
import { acceptBaseline, listBaselines, readBaseline } from "../../src/baseline/store.js";
import { compareRuns } from "../../src/compare/compare-runs.js";
import { diffBaselines } from "../../src/harness/baseline-diff.js";
import type { RunManifest } from "../../src/model/run.js";
import { recordOf } from "./records.js";

let reports: string;
let dir: string;
beforeEach(() => {
  reports = mkdtempSync(join(tmpdir(), "loadline-rolling-"));
  dir = join(reports, "baselines");
});
afterEach(() => rmSync(reports, { recursive: true, force: true }));

const run = (day: number, changes: Partial<RunManifest> = {}) =>
  recordOf(reports, `r${day}`, { startedAt: `2026-01-${String(day).padStart(2, "0")}T00:00:00.000Z`, ...changes });
const accept = (days: readonly number[], options: Partial<Parameters<typeof acceptBaseline>[1]> = {}) =>
  acceptBaseline(
    days.map((day) => run(day)),
    { dir, name: "main", by: "ann", note: "", at: new Date(0), ...options },
  );
const stored = () => readBaseline(dir, "api-baseline", "main")!;
const ids = () => stored().runs.map(({ id }) => id);

describe("a rolling baseline", () => {
  test("begins with what is accepted, takes in newer runs and lets the oldest go", async () => {
    await accept([1, 2], { keep: 3 });
    expect(ids()).toEqual(["r1", "r2"]);
    await accept([4, 3], { keep: 3, by: "bob", at: new Date(5000) });
    expect(ids()).toEqual(["r2", "r3", "r4"]);
    expect(stored().runs.map(({ acceptedBy }) => acceptedBy)).toEqual(["ann", "bob", "bob"]);
    expect(stored()).toMatchObject({ acceptedBy: "bob", acceptedAt: "1970-01-01T00:00:05.000Z" });
  });

  test("keeps both of two nights that add at once", async () => {
    await accept([1], { keep: 10 });
    await Promise.all([accept([2], { keep: 10 }), accept([3], { keep: 10 }), accept([4], { keep: 10 })]);
    expect(ids()).toEqual(["r1", "r2", "r3", "r4"]);
  });

  test("refuses a run that it holds, and one of another load, machine or target, and stays as it is", async () => {
    const path = await accept([1, 2], { keep: 5 });
    const text = readFileSync(path, "utf8");
    await expect(accept([2], { keep: 5 })).rejects.toMatchObject({ code: "baseline.run-twice" });
    const other = (changes: Partial<RunManifest>) =>
      acceptBaseline([run(9, changes)], { dir, name: "main", by: "ann", note: "", keep: 5 });
    await expect(other({ optionsDigest: "c".repeat(64) })).rejects.toMatchObject({
      code: "baseline.runs-unlike",
      at: "options",
    });
    await expect(other({ labels: { target: "staging" } })).rejects.toMatchObject({ at: "labels.target" });
    const { environment } = run(9).manifest;
    await expect(other({ environment: { ...environment, cores: 64 } })).rejects.toMatchObject({
      at: "environment.cores",
      found: "64",
      expected: "2",
    });
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  test.each([0, 1, 2.5, Number.NaN])("that keeps %s cannot take in two runs", async (keep) => {
    await expect(accept([1, 2], { keep })).rejects.toMatchObject({ code: "baseline.keep-invalid", exitCode: 2 });
  });
});

describe("labels", () => {
  test("that are given are laid over those of the runs, in alphabetical order", async () => {
    await accept([1], { labels: { target: "staging", a: "1" } });
    expect(Object.entries(stored().labels)).toEqual([
      ["a", "1"],
      ["run", "r1"],
      ["target", "staging"],
      ["version", "1.2"],
    ]);
  });

  test("of another target forbid a verdict, and one that is not named is told", async () => {
    await accept([1, 2, 3], { labels: { target: "staging" } });
    const against = (labels: Record<string, string>) =>
      compareRuns({
        scenario: "s",
        baseline: toComparedSide(stored()),
        candidate: toComparedSide([4, 5, 6].map((day) => run(day, { labels }))),
      });
    expect(against({ target: "production" })).toMatchObject({
      verdict: "inconclusive",
      reason: expect.stringContaining("target differs (staging / production)"),
    });
    expect(against({}).warnings).toContain("Unlike the baseline, target differs (staging / not named).");
    expect(against({ target: "staging" }).differences).toEqual([]);
  });
});

describe("a file of the first version", () => {
  const age = async () => {
    const path = await accept([1, 2, 3]);
    const document = JSON.parse(readFileSync(path, "utf8"));
    for (const one of document.runs) for (const field of ["acceptedAt", "acceptedBy"]) delete one[field];
    const text = JSON.stringify({ ...document, schema: "loadline.baseline/1" });
    writeFileSync(path, text);
    return { path, text };
  };

  test("is read, says so in every comparison, and is left as it is", async () => {
    const { path, text } = await age();
    expect(stored().migratedFrom).toBe("loadline.baseline/1");
    expect(stored().runs[0]).toMatchObject({ acceptedBy: "ann", acceptedAt: "1970-01-01T00:00:00.000Z" });
    const { warnings } = compareRuns({
      scenario: "s",
      baseline: toComparedSide(stored()),
      candidate: toComparedSide([run(7)]),
    });
    expect(warnings[0]).toContain("written as loadline.baseline/1");
    expect((await listBaselines(dir))[0]!.migratedFrom).toBe("loadline.baseline/1");
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  test("is written anew by the next acceptance", async () => {
    await age();
    await accept([4], { keep: 10 });
    expect(stored().migratedFrom).toBeUndefined();
    expect(stored().schema).toBe("loadline.baseline/2");
    expect(ids()).toEqual(["r1", "r2", "r3", "r4"]);
  });

  test.each(["[]", "7", "null", '{"schema":"loadline.baseline/0"}', '{"schema":"loadline.baseline/1","runs":7}'])(
    "that is broken, %s, is refused with its place",
    async (text) => {
      const { path } = await age();
      writeFileSync(path, text);
      expect(() => stored()).toThrow(expect.objectContaining({ code: "baseline.invalid", exitCode: 104 }));
    },
  );
});

describe("two baselines", () => {
  test("are told apart by their own runs, without those that both hold", async () => {
    await accept([1, 2, 3]);
    await accept([3, 4, 5], { name: "next", labels: { version: "1.3" } });
    const diff = diffBaselines(dir, "api-baseline", "next");
    expect(diff.shared).toEqual(["r3"]);
    expect(diff.comparison).toMatchObject({
      baseline: { name: "main", runs: ["r1", "r2"] },
      candidate: { runs: ["r4", "r5"] },
    });
    expect(diff.b.labels.version).toBe("1.3");
  });

  test("of the same runs leave nothing to compare", async () => {
    await accept([1, 2]);
    await accept([1, 2], { name: "copy" });
    expect(diffBaselines(dir, "api-baseline/main", "api-baseline/copy")).toMatchObject({
      shared: ["r1", "r2"],
      comparison: null,
    });
  });

  test.each([
    ["api-baseline", "api-baseline/main", "baseline.diff-same"],
    ["api-baseline", "other/main", "baseline.diff-scenarios"],
    ["api-baseline", "missing", "baseline.not-found"],
    ["api-baseline/a/b", "main", "baseline.ref-invalid"],
    ["../x", "main", "baseline.name-invalid"],
  ])("%s and %s are refused: %s", async (a, b, code) => {
    await accept([1]);
    expect(() => diffBaselines(dir, a, b)).toThrow(expect.objectContaining({ code }));
  });
});
