import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HistogramLogReader, listTags } from "hdr-histogram-js";
import { expect, onTestFinished, test } from "vitest";
import { Problem } from "../../src/model/problem.js";
import type { Series } from "../../src/model/window.js";
import { writeFileAtomic } from "../../src/record/atomic.js";
import { folderName, newRunId } from "../../src/record/folder.js";
import { readRun } from "../../src/record/reader.js";
import { RunWriter } from "../../src/record/writer.js";
import { batch, manifest, requests, temporaryFolder, trend, trendValue } from "./runs.js";

test("hdr-histogram-js reads the log and finds every value at its time under its tag", async () => {
  const writer = await RunWriter.create({ reportsDir: temporaryFolder(), manifest });
  const newSeries = [trend(0, "http_req_duration"), trend(1, "http_req_duration", { name: "/ü, b\nc\u2028" })];
  writer.writeWindow(
    batch(0, {
      newSeries,
      values: [
        { id: 0, value: trendValue(1, 70_001) },
        { id: 1, value: trendValue(5) },
      ],
    }),
  );
  writer.writeWindow(batch(1, { values: [{ id: 0, value: trendValue(9, 9, 9) }] }));
  await writer.finish({ ...manifest, status: "complete" });

  const text = readFileSync(join(writer.folder, "windows.hlog"), "utf8");
  expect(listTags(text)).toEqual(["0", "1"]);
  const reader = new HistogramLogReader(text);
  const start = Date.parse(manifest.startedAt);
  const found: unknown[] = [];
  for (let h = reader.nextIntervalHistogram(); h !== null; h = reader.nextIntervalHistogram()) {
    found.push([h.tag, h.startTimeStampMsec - start, h.endTimeStampMsec - start, h.totalCount, h.minNonZeroValue]);
  }
  expect(found).toEqual([
    ["0", 0, 1000, 2, 1],
    ["1", 0, 1000, 1, 5],
    ["0", 1000, 2000, 3, 9],
  ]);
  expect(text).toContain("Tag=0,0.000,1.000,70.001,");
});

test("the folder is named by scenario and id, and complete while the run goes on", async () => {
  const reportsDir = join(temporaryFolder(), "not", "yet", "there");
  const writer = await RunWriter.create({ reportsDir, manifest: { ...manifest, scenario: "../a b/c:d" } });
  expect(writer.folder).toBe(join(reportsDir, "a-b-c-d", manifest.id));
  expect(readdirSync(writer.folder).sort()).toEqual([
    "counters.ndjson",
    "resources.ndjson",
    "run.json",
    "windows.hlog",
  ]);
  expect(readRun(writer.folder).manifest.status).toBe("running");
  await writer.finish({ ...manifest, status: "complete" });
  expect(readRun(writer.folder).manifest.status).toBe("complete");
  expect(readdirSync(writer.folder)).toHaveLength(4);
});

test("two runs of one name and second get folders of their own", async () => {
  const reportsDir = temporaryFolder();
  const first = await RunWriter.create({ reportsDir, manifest });
  const second = await RunWriter.create({ reportsDir, manifest });
  expect(second.folder).not.toBe(first.folder);
  expect(readRun(second.folder).manifest.id).toBe(second.id);
  await Promise.all([first.finish(manifest), second.finish(manifest)]);
  expect(readRun(second.folder).manifest.id).toBe(second.id);
});

test("a line of a rarely written series spans all windows since its last one", async () => {
  const writer = await RunWriter.create({ reportsDir: temporaryFolder(), manifest });
  const rare = trend(4, "http_req_blocked", {}, 3);
  for (let index = 0; index < 5; index += 1) {
    const closes = index === 2 || index === 4;
    writer.writeWindow(
      batch(index, {
        newSeries: index === 0 ? [rare] : [],
        values: closes ? [{ id: 4, value: trendValue(index + 1) }] : [],
        last: index === 4,
      }),
    );
  }
  await writer.finish(manifest);
  const lines = readRun(writer.folder).histories.get("http_req_blocked")!.lines;
  expect(lines.map(({ startMs, lengthMs }) => [startMs, lengthMs])).toEqual([
    [0, 3000],
    [3000, 2000],
  ]);
});

test.each<[string, (folder: string) => string]>([
  [
    "is a file",
    (folder) => {
      writeFileSync(join(folder, "file"), "");
      return join(folder, "file");
    },
  ],
  [
    "lies below a file",
    (folder) => {
      writeFileSync(join(folder, "file"), "");
      return join(folder, "file", "reports");
    },
  ],
  ["cannot hold folders", () => "/proc/loadline"],
])("a reports folder that %s is refused before anything starts", async (_name, make) => {
  const reportsDir = make(temporaryFolder());
  const failure = await RunWriter.create({ reportsDir, manifest }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Problem);
  expect(failure).toMatchObject({ code: "record.not-writable", exitCode: 104 });
  expect((failure as Problem).at).toContain(reportsDir);
  expect((failure as Problem).hint).toMatch(/--reports DIR/);
});

/** A file system of 64 kB, where the system lets us mount one. */
function tinyDisk(): string | undefined {
  const folder = join(temporaryFolder(), "disk");
  mkdirSync(folder);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync("umount", ["-l", folder]));
  return folder;
}

test("a disk that fills up is reported once, and costs nothing once there is room again", async ({ skip }) => {
  const disk = tinyDisk();
  if (disk === undefined) return skip("mounting a file system is not permitted here");
  const problems: Problem[] = [];
  const writer = await RunWriter.create({ reportsDir: disk, manifest, onError: (problem) => problems.push(problem) });
  const ballast = join(disk, "ballast");
  let index = 0;
  const write = (): void => {
    const newSeries: Series[] = index === 0 ? [trend(0, "http_req_duration"), requests] : [];
    const values = [
      { id: 0, value: trendValue(index) },
      { id: 100, value: { kind: "counter", sum: 1 } as const },
    ];
    writer.writeWindow(batch(index, { newSeries, values }));
    index += 1;
  };
  write();
  writeFileSync(ballast, "x".repeat(16_000));
  for (let n = 0; n < 300; n += 1) write();
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatchObject({ code: "record.write-failed" });
  expect(problems[0]!.hint).toMatch(/space/);

  const cutOff = readRun(writer.folder);
  expect(cutOff.windows.length).toBeGreaterThan(5);
  expect(cutOff.damage).toHaveLength(1);
  unlinkSync(ballast);
  for (const name of readdirSync(disk)) expect(name).not.toBe("ballast");
  await writer.finish({ ...manifest, status: "interrupted" }).catch(() => {});
  const after = readRun(writer.folder);
  expect(after.windows.map((window) => window.index)).toEqual(after.windows.map((_, at) => at));
  expect(after.damage.filter((note) => note.includes("cut off"))).toEqual([]);
});

test("where even the manifest cannot be replaced, finish says so and the old one stays", async ({ skip }) => {
  const disk = tinyDisk();
  if (disk === undefined) return skip("mounting a file system is not permitted here");
  const writer = await RunWriter.create({ reportsDir: disk, manifest });
  const totals = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`series${n}`, "x".repeat(3000)]));
  const failure = await writer.finish({ ...manifest, status: "complete", totals }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "record.write-failed" });
  expect(readRun(writer.folder).manifest.status).toBe("running");
  expect(readdirSync(writer.folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("a run given up before its first window leaves no folder; later it leaves what a killed run would", async () => {
  const reportsDir = temporaryFolder();
  const early = await RunWriter.create({ reportsDir, manifest });
  await early.abandon();
  expect(existsSync(early.folder)).toBe(false);
  const late = await RunWriter.create({ reportsDir, manifest });
  late.writeWindow(batch(0));
  await late.abandon();
  expect(readRun(late.folder).windows).toHaveLength(1);
});

test("an atomic write replaces whole files and leaves no temporary ones", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "a.json");
  await writeFileAtomic(path, "one");
  await writeFileAtomic(path, Buffer.from("two"));
  expect(readFileSync(path, "utf8")).toBe("two");
  mkdirSync(join(folder, "taken"));
  await expect(writeFileAtomic(join(folder, "taken"), "x")).rejects.toThrow();
  expect(readdirSync(folder).sort()).toEqual(["a.json", "taken"]);
});

test.each([
  ["checkout", "checkout"],
  ["../../etc", "etc"],
  [".hidden", "hidden"],
  ["a/b\\c\u0000d", "a-b-c-d"],
  ["größe 2", "größe-2"],
  ["…", "run"],
  ["x".repeat(300), "x".repeat(60)],
])("the scenario %j gets the folder %j", (scenario, folder) => {
  expect(folderName(scenario)).toBe(folder);
});

test("ids sort by start", () => {
  const ids = [0, 1e12, 1.7e12].map(newRunId);
  expect(ids).toEqual([...ids].sort());
  expect(ids[2]).toMatch(/^20231114T221320Z-[0-9a-f]{4}$/);
});
