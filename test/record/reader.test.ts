import { appendFileSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { Problem } from "../../src/model/problem.js";
import type { RunManifest } from "../../src/model/run.js";
import { encodeHistogram } from "../../src/record/codec.js";
import { findRun, listRuns } from "../../src/record/find.js";
import { readRun } from "../../src/record/reader.js";
import { RunWriter } from "../../src/record/writer.js";
import { Histogram } from "../../src/stats/histogram.js";
import { batch, manifest, requests, temporaryFolder, trend, trendValue } from "./runs.js";

const total = "http_req_duration";
const hostile = { name: '/a,b={"x"}\n#[Series: id=0 ]\u0000ü' };

/** Five windows of two trends, a counter, a check and two resource samples each. */
async function record(rest: Partial<RunManifest> = { status: "complete" }, reportsDir?: string): Promise<string> {
  const writer = await RunWriter.create({ reportsDir: reportsDir ?? temporaryFolder(), manifest });
  for (let index = 0; index < 5; index += 1) {
    writer.writeWindow(
      batch(index, {
        newSeries: index === 0 ? [trend(0, total), trend(1, total, hostile), requests] : [],
        values: [
          { id: 0, value: trendValue(100 + index, 5_000_001 + index) },
          { id: 1, value: trendValue(7) },
          { id: 100, value: { kind: "counter", sum: 3 } },
        ],
        checks: [{ name: "ok", groupPath: "::a", passes: index + 1, fails: 0 }],
        last: index === 4,
      }),
    );
    writer.writeResources([
      { atMs: index * 1000, source: "target", rssBytes: 1234, cpuCores: 0.123456 },
      { atMs: index * 1000, source: "gone", event: "gone" },
    ]);
  }
  await writer.finish({ ...manifest, ...rest });
  return writer.folder;
}

const counts = (folder: string): number[] =>
  readRun(folder)
    .histories.get(total)!
    .lines.map((l) => l.histogram.count);

test("what was written comes back: series, windows, exact maxima, counters, checks and resources", async () => {
  const run = readRun(await record());
  const name = `${total}{name:${hostile.name}}`;
  expect([...run.histories.keys()]).toEqual([total, name]);
  expect(run.histories.get(name)!.series.tags).toEqual(hostile);
  const line = run.histories.get(total)!.lines[3]!;
  expect([line.startMs, line.lengthMs, line.histogram.count, line.histogram.max]).toEqual([3000, 1000, 2, 5_000_004]);
  expect(run.windows.map((window) => window.counters.http_reqs)).toEqual([3, 3, 3, 3, 3]);
  expect(run.windows[4]!.checks).toEqual([{ name: "ok", groupPath: "::a", passes: 5, fails: 0 }]);
  expect(run.windows[0]!.engine.longestStallMs).toBe(1.235);
  expect(run.resources).toHaveLength(10);
  expect(run.resources[0]).toEqual({ atMs: 0, source: "target", rssBytes: 1234, cpuCores: 0.123 });
  expect(run.series!.map(({ id, type }) => [id, type])).toEqual([
    [0, "trend"],
    [1, "trend"],
    [100, "counter"],
  ]);
  expect(run.damage).toEqual([]);
});

test("totals come from the manifest, and from the log where the run was cut off", async () => {
  const histogram = new Histogram();
  histogram.record(42);
  const stored = readRun(await record({ status: "complete", totals: { x: encodeHistogram(histogram) } }));
  expect([...stored.totals.keys()]).toEqual(["x"]);
  const rebuilt = readRun(await record({ status: "running" }), { histories: false });
  expect(rebuilt.totals.get(total)).toMatchObject({ count: 10, max: 5_000_005 });
  expect(rebuilt.damage.join()).toMatch(/no end.*Recorded: 5 s/);
});

test("without histories the log is left unread where the manifest has the totals", async () => {
  const folder = await record({ status: "complete", totals: { x: encodeHistogram(new Histogram()) } });
  rmSync(join(folder, "windows.hlog"));
  expect(readRun(folder, { histories: false }).damage).toEqual([]);
  expect(readRun(folder).damage).toEqual(["windows.hlog: the file is missing."]);
});

test("cut off at any byte, each log keeps its whole lines, and says that one is torn", async () => {
  const folder = await record();
  const copy = temporaryFolder();
  const files = ["windows.hlog", "counters.ndjson", "resources.ndjson"] as const;
  for (const file of ["run.json", ...files]) copyFileSync(join(folder, file), join(copy, file));
  for (const file of files) {
    const bytes = readFileSync(join(folder, file));
    for (let length = 0; length < bytes.length; length += 1) {
      const cut = bytes.subarray(0, length);
      writeFileSync(join(copy, file), cut);
      const run = readRun(copy);
      const text = cut.toString("latin1");
      const whole = text.slice(0, text.lastIndexOf("\n") + 1);
      const torn = whole.length !== text.length;
      expect(run.damage.length, `${file} cut at ${length}`).toBe(torn ? 1 : 0);
      const linesOf = (form: RegExp): number => whole.match(form)?.length ?? 0;
      if (file === "windows.hlog") {
        expect(run.histories.get(total)?.lines.length ?? 0).toBe(linesOf(/^Tag=0,/gm));
        expect(run.totals.get(total)?.count ?? 0).toBe(2 * linesOf(/^Tag=0,/gm));
      }
      if (file === "counters.ndjson") expect(run.windows).toHaveLength(linesOf(/\n/g));
      if (file === "resources.ndjson") expect(run.resources).toHaveLength(linesOf(/\n/g));
    }
    writeFileSync(join(copy, file), bytes);
  }
});

test("a bad line in the middle is left out and noted with its number; the others count", async () => {
  const folder = await record();
  const path = join(folder, "windows.hlog");
  const lines = readFileSync(path, "utf8").split("\n");
  const at = lines.findIndex((line) => line.startsWith("Tag=0,2.000"));
  lines[at] = lines[at]!.slice(0, -9);
  lines.splice(at + 1, 0, "Tag=9,2.000,1.000,3,HIST", "nonsense", "Tag=0,-1,1,3,x");
  writeFileSync(path, lines.join("\n"));
  expect(counts(folder)).toEqual([2, 2, 2, 2]);
  const { damage } = readRun(folder);
  expect(damage).toHaveLength(4);
  expect(damage[0]).toMatch(new RegExp(`^windows.hlog:${at + 1}: The histogram cannot be read: .*left out`));
  expect(damage[1]).toMatch(/series 9 was never named/);

  appendFileSync(join(folder, "counters.ndjson"), '{"index":"five"}\n{]\n');
  const notes = readRun(folder).damage.filter((note) => note.startsWith("counters"));
  expect(notes[0]).toMatch(/^counters.ndjson:6: index: /);
  expect(notes[1]).toMatch(/^counters.ndjson:7: This is no JSON/);
});

test("notes of damage are bounded", async () => {
  const folder = await record();
  appendFileSync(join(folder, "resources.ndjson"), "x\n".repeat(5000));
  const { damage } = readRun(folder);
  expect(damage).toHaveLength(11);
  expect(damage.at(-1)).toBe("resources.ndjson: 4990 more damaged lines.");
});

let intact: string;
let intactBytes: Buffer;
const intactCopy = (): string => join(intact, "windows.hlog");
beforeAll(async () => {
  const { mkdtempSync } = await import("node:fs");
  const { tmpdir } = await import("node:os");
  const parent = mkdtempSync(join(tmpdir(), "loadline-record-"));
  intact = await record({ status: "complete" }, parent);
  intactBytes = readFileSync(intactCopy());
  return () => rmSync(parent, { recursive: true, force: true });
});

test("whatever bytes stand in a log, reading never throws", () => {
  const change = fc.record({ at: fc.nat(), bytes: fc.uint8Array({ maxLength: 40 }) });
  fc.assert(
    fc.property(change, ({ at, bytes }) => {
      const damaged = Buffer.from(intactBytes);
      damaged.set(bytes.subarray(0, damaged.length), at % (damaged.length - bytes.length));
      writeFileSync(intactCopy(), damaged);
      const run = readRun(intact);
      for (const { lines } of run.histories.values())
        for (const line of lines) expect(line.histogram.count).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 200 },
  );
});

test.each<[string, string, Partial<Record<keyof Problem, unknown>>]>([
  ["is cut off", '{"schema": "loadline.run/1",\n  "id"', { code: "run.not-json", found: "the end of the file" }],
  ["is no JSON", '{\n  "id": oops }', { code: "run.not-json", found: '"oops }"' }],
  ["is of another kind", '{"schema":"loadline.baseline/1"}', { code: "run.invalid", found: "loadline.baseline/1" }],
  [
    "has a wrong type",
    JSON.stringify({ ...manifest, environment: { ...manifest.environment, cores: "two" } }),
    { code: "run.invalid", found: "two" },
  ],
  ["has totals that are none", JSON.stringify({ ...manifest, totals: { a: "x" } }), { code: "histogram.unreadable" }],
])("a run.json that %s is refused with place and finding", (_name, text, expected) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "run.json"), text);
  let failure: unknown;
  try {
    readRun(folder);
  } catch (error) {
    failure = error;
  }
  expect(failure).toBeInstanceOf(Problem);
  expect(failure).toMatchObject({ ...expected, exitCode: 104 });
  expect((failure as Problem).at).toContain(join(folder, "run.json"));
  expect((failure as Problem).expected).toBeTruthy();
});

test("places in a bad run.json are lines and paths", () => {
  const folder = temporaryFolder();
  const placeOf = (text: string): string | undefined => {
    writeFileSync(join(folder, "run.json"), text);
    try {
      readRun(folder);
    } catch (error) {
      return (error as Problem).at?.slice(join(folder, "run.json").length);
    }
    return "accepted";
  };
  expect(placeOf('{\n  "id": oops }')).toBe(":2:9");
  expect(placeOf(JSON.stringify({ ...manifest, environment: { ...manifest.environment, cores: 1.5 } }))).toBe(
    ": environment.cores",
  );
});

test("a run is found by path, manifest, id, scenario, scenario/latest and latest", async () => {
  const reportsDir = temporaryFolder();
  const make = (scenario: string, id: string): Promise<RunWriter> =>
    RunWriter.create({ reportsDir, manifest: { ...manifest, scenario, id } });
  const old = await make("checkout", "20260101T000000Z-aaaa");
  const newer = await make("checkout", "20260102T000000Z-bbbb");
  const other = await make("browse", "20260103T000000Z-cccc");
  for (const writer of [old, newer, other]) await writer.finish({ ...manifest, status: "complete" });
  mkdirSync(join(reportsDir, "checkout", "zzz-not-a-run"));

  expect(listRuns(reportsDir).map(({ id }) => id.slice(-4))).toEqual(["aaaa", "bbbb", "cccc"]);
  expect(listRuns(reportsDir, "browse")).toHaveLength(1);
  expect(findRun(reportsDir, old.folder)).toBe(old.folder);
  expect(findRun(reportsDir, `${old.folder}/`)).toBe(old.folder);
  expect(findRun(reportsDir, join(old.folder, "run.json"))).toBe(old.folder);
  expect(findRun(reportsDir, "20260101T000000Z-aaaa")).toBe(old.folder);
  expect(findRun(reportsDir, "checkout/20260101T000000Z-aaaa")).toBe(old.folder);
  expect(findRun(reportsDir, "checkout")).toBe(newer.folder);
  expect(findRun(reportsDir, "checkout/latest")).toBe(newer.folder);
  expect(findRun(reportsDir, "latest")).toBe(other.folder);
  for (const ref of ["", "nothing", "checkout/nothing", "a/b/c", "../x", "/"]) {
    expect(() => findRun(reportsDir, ref), ref).toThrow(Problem);
  }
  expect(listRuns(join(reportsDir, "missing"))).toEqual([]);
});
