import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { toComparedSide } from "../../src/baseline/sides.js";
import { acceptBaseline, listBaselines, readBaseline, removeBaseline } from "../../src/baseline/store.js";
import { compareRuns } from "../../src/compare/compare-runs.js";
import type { RunManifest, RunRecord } from "../../src/model/run.js";
import { decodeHistogram } from "../../src/record/codec.js";
import { quantile } from "../../src/stats/histogram.js";
import { recordOf } from "./records.js";

let reports: string;
let dir: string;
beforeEach(() => {
  reports = mkdtempSync(join(tmpdir(), "loadline-reports-"));
  dir = join(reports, "baselines");
});
afterEach(() => rmSync(reports, { recursive: true, force: true }));

const run = (id: string, changes: Partial<RunManifest> = {}) => recordOf(reports, id, changes);
const accept = (records: readonly RunRecord[], options: Partial<Parameters<typeof acceptBaseline>[1]> = {}) =>
  acceptBaseline(records, { dir, name: "main", by: "ann", note: "first", at: new Date(0), ...options });
const three = () => [run("r1"), run("r22"), run("r333")];

describe("an accepted baseline", () => {
  test("reads back with its runs, histograms and who accepted it", async () => {
    const path = await accept(three());
    expect(path).toBe(join(dir, "api-baseline", "main.json"));
    const baseline = readBaseline(dir, "api-baseline", "main")!;
    expect(baseline).toMatchObject({
      acceptedBy: "ann",
      note: "first",
      acceptedAt: "1970-01-01T00:00:00.000Z",
      labels: { version: "1.2" },
    });
    expect(baseline.runs.map((one) => one.id)).toEqual(["r1", "r22", "r333"]);
    expect(baseline.runs[0]!.rates).toEqual({ http_req_failed: [2, 15_000] });
    const total = decodeHistogram(baseline.runs[0]!.totals.http_req_response_time!);
    expect(total.count).toBe(15_000);
    expect(total.counts).toEqual(expect.objectContaining({ length: total.counts.length }));
    expect(quantile(total, 0.95)).toBe(quantile(three()[0]!.totals.get("http_req_response_time")!, 0.95));
  });

  test("holds one histogram a minute of what is written second by second", async () => {
    await accept(three());
    const { minutes } = readBaseline(dir, "api-baseline", "main")!.runs[0]!;
    expect(Object.keys(minutes)).toEqual(["http_req_response_time"]);
    expect(minutes.http_req_response_time!.map((text) => decodeHistogram(text).count)).toEqual([6000, 6000, 3000]);
  });

  test("is the same text for the same runs in any order of series, one histogram a line", async () => {
    const path = await accept(three());
    const text = readFileSync(path, "utf8");
    const turned = three().map((record) => ({ ...record, totals: new Map([...record.totals].reverse()) }));
    await accept(turned, { replace: true });
    expect(readFileSync(path, "utf8")).toBe(text);
    expect(
      text.split("\n").filter((line) => line.includes('"HIST') || line.includes('"http_req_')).length,
    ).toBeGreaterThan(6);
    expect(text.split("\n").every((line) => (line.match(/"HISTF/g) ?? []).length <= 1)).toBe(true);
    expect(text.endsWith("}\n")).toBe(true);
  });

  test("is listed and removed, and leaves no lock or temporary file behind", async () => {
    await accept(three());
    await accept(three(), { name: "release-1.4" });
    expect((await listBaselines(dir)).map(({ name, runs }) => [name, runs.length])).toEqual([
      ["main", 3],
      ["release-1.4", 3],
    ]);
    expect(readdirSync(join(dir, "api-baseline"))).toEqual(["main.json", "release-1.4.json"]);
    expect(await removeBaseline(dir, "api-baseline", "main")).toBe(join(dir, "api-baseline", "main.json"));
    expect(readdirSync(join(dir, "api-baseline"))).toEqual(["release-1.4.json"]);
    await expect(removeBaseline(dir, "api-baseline", "main")).rejects.toMatchObject({ code: "baseline.not-found" });
  });

  test("is replaced only where that is asked for", async () => {
    await accept(three());
    await expect(accept(three())).rejects.toMatchObject({ code: "baseline.exists", exitCode: 104 });
    await accept([run("r9")], { replace: true });
    expect(readBaseline(dir, "api-baseline", "main")!.runs).toHaveLength(1);
  });

  test("is undefined where there is none, and an absent folder lists nothing", async () => {
    expect(readBaseline(dir, "api-baseline", "main")).toBeUndefined();
    expect(await listBaselines(dir)).toEqual([]);
  });

  test("compares with runs from their folders", async () => {
    await accept(three());
    const comparison = compareRuns({
      scenario: "api-baseline",
      baseline: toComparedSide(readBaseline(dir, "api-baseline", "main")!),
      candidate: toComparedSide([run("c4444"), run("c55555"), run("c666666")]),
    });
    expect(comparison.baseline).toEqual({
      name: "main",
      runs: ["r1", "r22", "r333"],
      acceptedAt: "1970-01-01T00:00:00.000Z",
    });
    expect(comparison.verdict).toBe("pass");
  });
});

describe("runs that are refused", () => {
  test.each([
    ["invalid", { validity: { state: "invalid", reasons: [] } }, "baseline.run-invalid", 112],
    ["interrupted", { status: "interrupted" }, "baseline.run-incomplete", 112],
    ["still running", { status: "running" }, "baseline.run-incomplete", 112],
    ["without a judgement", { validity: { state: "unknown", reasons: [] } }, "baseline.run-incomplete", 112],
    ["of another script", { script: { path: "x", sha256: "c".repeat(64), files: [] } }, "baseline.runs-unlike", 104],
    ["of another load", { optionsDigest: "c".repeat(64) }, "baseline.runs-unlike", 104],
    ["of another scenario", { scenario: "other" }, "baseline.runs-unlike", 104],
  ] as [string, Partial<RunManifest>, string, number][])("%s", async (_name, changes, code, exitCode) => {
    await expect(accept([run("r1"), run("r2", changes)])).rejects.toMatchObject({ code, exitCode });
    expect(existsSync(dir)).toBe(false);
  });

  test("none, and one that is given twice", async () => {
    await expect(accept([])).rejects.toMatchObject({ code: "baseline.no-runs" });
    await expect(accept([run("r1"), run("r1")])).rejects.toMatchObject({ code: "baseline.run-twice" });
  });

  test("a degraded run is accepted, with its reasons", async () => {
    const reasons = [{ code: "late", text: "1.3 % late." }];
    await accept([run("r1", { validity: { state: "degraded", reasons } })]);
    expect(readBaseline(dir, "api-baseline", "main")!.runs[0]!.validity.reasons).toEqual(reasons);
  });

  test("an interrupted run may be compared, and is never judged", () => {
    const side = toComparedSide([run("r1", { status: "interrupted", endReason: "Ctrl-C" })]);
    expect(side.runs[0]!.validity).toEqual({ state: "unknown", reasons: [{ code: "interrupted", text: "Ctrl-C" }] });
  });
});

describe("names", () => {
  test.each(["", "..", "../evil", "a/b", "a\\b", ".hidden", "a..b", "con\u0000", "nul\n", "x".repeat(101), "dot."])(
    "%j is refused as a baseline and as a scenario",
    async (name) => {
      await expect(accept(three(), { name })).rejects.toMatchObject({ code: "baseline.name-invalid" });
      expect(() => readBaseline(dir, name, "main")).toThrow(expect.objectContaining({ code: "baseline.name-invalid" }));
      await expect(removeBaseline(dir, "api-baseline", name)).rejects.toMatchObject({ code: "baseline.name-invalid" });
      expect(existsSync(dir)).toBe(false);
    },
  );

  test.each(["main", "release-1.4", "vor Ostern", "größe_2"])("%j is accepted", async (name) => {
    expect(existsSync(await accept(three(), { name }))).toBe(true);
  });
});

describe("a corrupt file", () => {
  const corrupt = async (change: (text: string) => string) => {
    const path = await accept(three());
    const text = change(readFileSync(path, "utf8"));
    writeFileSync(path, text);
    let problem: unknown;
    try {
      readBaseline(dir, "api-baseline", "main");
    } catch (error) {
      problem = error;
    }
    // Nothing on disk is touched.
    expect(readFileSync(path, "utf8")).toBe(text);
    return { problem, path };
  };

  test("that is cut off names line and column", async () => {
    const { problem, path } = await corrupt((text) => text.slice(0, 200));
    expect(problem).toMatchObject({ code: "baseline.not-json", exitCode: 104, found: "the end of the file" });
    expect((problem as { at: string }).at).toMatch(new RegExp(`^${path}:\\d+:\\d+$`));
  });

  test("with a wrong value names its place, what was found and what was expected", async () => {
    const { problem, path } = await corrupt((text) => text.replace('"cores": 2', '"cores": "two"'));
    expect(problem).toMatchObject({
      code: "baseline.invalid",
      exitCode: 104,
      at: `${path}: environment.cores`,
      found: "two",
    });
    expect((problem as { expected: string }).expected).toContain("number");
  });

  test("with a broken histogram names run and series", async () => {
    const { problem, path } = await corrupt((text) =>
      text.replace(/("http_req_response_time": "HISTF[^"]{40})[^"]{20}/, "$1"),
    );
    expect(problem).toMatchObject({
      code: "histogram.unreadable",
      exitCode: 104,
      at: `${path}: runs.0.totals.http_req_response_time`,
    });
  });

  test("of a later version is not guessed at", async () => {
    const { problem } = await corrupt((text) => text.replace("loadline.baseline/2", "loadline.baseline/3"));
    expect(problem).toMatchObject({ code: "baseline.newer", found: "loadline.baseline/3", exitCode: 104 });
  });

  test("stops a list, rather than being left out of it", async () => {
    const path = await accept(three());
    writeFileSync(path, "{}");
    await expect(listBaselines(dir)).rejects.toMatchObject({ code: "baseline.invalid" });
  });
});

test("two writers at once: one wins, the other is told, and the file is whole", async () => {
  const results = await Promise.allSettled([accept(three()), accept(three()), accept(three())]);
  expect(results.filter((one) => one.status === "fulfilled")).toHaveLength(1);
  for (const one of results)
    if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "baseline.exists" });
  expect(readBaseline(dir, "api-baseline", "main")!.runs).toHaveLength(3);
});

test("a folder that cannot be made is told with its path, and with what the system said", async () => {
  writeFileSync(dir, "a file");
  await expect(accept(three())).rejects.toMatchObject({
    code: "baseline.not-writable",
    exitCode: 104,
    at: join(dir, "api-baseline", "main.json"),
    found: expect.stringMatching(/^(EEXIST|ENOTDIR)/),
  });
  expect(readFileSync(dir, "utf8")).toBe("a file");
});
