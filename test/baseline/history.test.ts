import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { appendHistory, historyEntry, readHistory } from "../../src/baseline/history.js";
import { recordOf } from "./records.js";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "loadline-history-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const entry = (id: string, day: number) =>
  historyEntry(recordOf(dir, id, { startedAt: `2026-01-0${day}T00:00:00.000Z` }));
const append = (id: string, day: number) => appendHistory(dir, "api", entry(id, day));
const ids = () => readHistory(dir, "api").entries.map((one) => one.id);
const path = () => join(dir, "api", "history.ndjson");

test("a run is one compact line with its figures", async () => {
  const line = entry("r1", 1);
  expect(line).toMatchObject({
    achievedRate: 100,
    errorRatio: 2 / 15_000,
    verdict: null,
    rssMaxBytes: { target: 1.1e8 },
  });
  expect(line.latencyMs.http_req_response_time!.p50).toBeCloseTo(8, 0);
  expect(JSON.stringify(line).length).toBeLessThan(800);
  await append("r1", 1);
  expect(readHistory(dir, "api")).toEqual({ entries: [line], damage: [] });
});

test("runs come back by their start, whenever they were added", async () => {
  await append("r2", 2);
  await append("r1", 1);
  expect(ids()).toEqual(["r1", "r2"]);
});

test("a torn last line is told, costs only itself, and does not swallow the next", async () => {
  await append("r1", 1);
  appendFileSync(path(), '{"id":"r2","star');
  expect(readHistory(dir, "api").damage).toEqual([`${path()}:2: This line is no JSON; it was cut off.`]);
  await append("r3", 3);
  expect(ids()).toEqual(["r1", "r3"]);
  expect(readFileSync(path(), "utf8").split("\n")).toHaveLength(4);
});

test("a line of another form is told with its place", async () => {
  await append("r1", 1);
  appendFileSync(path(), '{"id":5}\n\n');
  const { entries, damage } = readHistory(dir, "api");
  expect(entries).toHaveLength(1);
  expect(damage[0]).toMatch(/history\.ndjson:2: id: .*string/);
});

test("ten writers at once lose no line", async () => {
  await Promise.all(Array.from({ length: 10 }, (_, i) => append(`r${i}`, 1)));
  expect(new Set(ids()).size).toBe(10);
});

test("a scenario without history has none", () => {
  expect(readHistory(dir, "unknown")).toEqual({ entries: [], damage: [] });
});
