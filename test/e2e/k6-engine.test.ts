import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { hasProc, loadline, manifestOf, runFolder, scratch, start } from "./loadline.js";

// Each test starts two or three processes, beside the others of a busy machine.
vi.setConfig({ testTimeout: 120_000 });

// k6 is played by a stand-in that speaks its command line and its output.
const standIn = join(import.meta.dirname, "../fixtures/k6-stand-in.mjs");
let dir: string;
let remove: () => void;
const asked = (): { command: string; words: string[]; env: Record<string, string> }[] =>
  readFileSync(join(dir, "asked"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

beforeAll(() => {
  ({ dir, remove } = scratch());
});
afterAll(() => remove());

function script(name: string, options: unknown, body = ""): string {
  const path = join(dir, `${name}.js`);
  writeFileSync(
    path,
    `import http from "k6/http";\n/* options: ${JSON.stringify(options)} */\nexport default function () { http.get("http://127.0.0.1/"); }\n${body}`,
  );
  return path;
}

const open = (duration: string, thresholds: unknown = {}) => ({
  scenarios: { main: { executor: "constant-arrival-rate", rate: 60, timeUnit: null, duration, preAllocatedVUs: 5 } },
  thresholds,
});
const k6 = (path: string, env: NodeJS.ProcessEnv = {}, ...flags: string[]) =>
  loadline(["run", path, "--engine", "k6", "--no-history", ...flags], dir, {
    K6_BINARY: standIn,
    K6_ASKED: join(dir, "asked"),
    ...env,
  });

describe("a run by k6", () => {
  test("is recorded, judged and reported as one of our own, and says what it does not know", async () => {
    const path = script("whole", open("2s", { "http_req_duration{name:/items}": ["p(95)<200"] }));
    const out = await k6(path, {}, "-e", "COLOUR=red", "--tag", "team=a");
    expect(out).toMatchObject({ code: 0 });
    expect(out.stderr).toContain("info  hello from the script");
    expect(out.stdout).toContain("lateness and stalls unknown");
    const run = manifestOf(runFolder(dir, "whole"));
    expect(run).toMatchObject({
      status: "complete",
      engine: { name: "k6", version: "0.99.1" },
      validity: { state: "degraded", reasons: [{ code: "lateness-unknown" }] },
      thresholds: [{ metric: "http_req_duration{name:/items}", ok: true, observed: expect.closeTo(20, 0) }],
      load: { openModel: true, plannedArrivals: 120, started: 120, dropped: 0 },
    });
    expect(run.load).not.toHaveProperty("latenessMs");
    expect(run.load).not.toHaveProperty("longestStallMs");
    expect(run.summary?.metrics).not.toHaveProperty("http_req_response_time");
    expect(run.summary?.root_group.groups[0]).toMatchObject({
      name: "shop",
      checks: [{ name: "is 200", passes: 120 }],
    });
    expect(asked().at(-1)).toMatchObject({
      command: "run",
      words: expect.arrayContaining(["COLOUR=red", "--tag=team=a", "json=-"]),
    });
    const report = await loadline(["report", runFolder(dir, "whole")], dir);
    expect(report).toMatchObject({ code: 0 });
    expect(readFileSync(join(runFolder(dir, "whole"), "report.html"), "utf8")).toContain("not told by the engine");
  });

  test("counts what k6 dropped", async () => {
    await k6(script("drops", open("2s")), { K6_PLAY: "drops" });
    const { load, validity } = manifestOf(runFolder(dir, "drops"));
    expect(load).toMatchObject({ plannedArrivals: 120, started: 108, dropped: 12 });
    expect(validity.reasons[0]!.text).toContain("nor why 12 arrivals found no free VU");
  });

  test("whose samples show fewer iterations than planned is invalid", async () => {
    const out = await k6(script("fewer", open("2s")), { K6_PER_SECOND: "55" });
    const { validity } = manifestOf(runFolder(dir, "fewer"));
    expect(validity).toMatchObject({
      state: "invalid",
      reasons: expect.arrayContaining([expect.objectContaining({ code: "generator-missed" })]),
    });
    expect(out.code).toBe(112);
  });

  test("of a closed model is valid: there is no due time to be late for", async () => {
    const out = await k6(script("closed", { vus: 3, duration: "2s" }));
    expect(out).toMatchObject({ code: 0 });
    expect(manifestOf(runFolder(dir, "closed")).validity).toEqual({ state: "valid", reasons: [] });
  });

  test("prints what the script's handleSummary printed, in place of ours", async () => {
    const out = await k6(script("own-summary", open("2s"), "export function handleSummary() {}"), {
      K6_PLAY: "summary",
    });
    expect(out.stdout).toBe('my own summary\n{"metrics":{"http_reqs":{}}}\n');
    expect(asked().at(-1)!.env).not.toHaveProperty("K6_SUMMARY_MODE");
  });

  test("that reads only part of the stream says what it left out", async () => {
    const out = await k6(script("garbage", open("2s")), { K6_PLAY: "garbage future" });
    expect(out.code).toBe(0);
    expect(out.stderr).toMatch(/\d+ lines of k6's samples could not be read/);
    expect(out.stderr).toContain("no sample and is left out: no JSON at all");
    const run = manifestOf(runFolder(dir, "garbage"));
    expect(run.load?.durationMs).toBeLessThan(4000);
    expect(run.summary?.metrics.http_reqs?.values.count).toBe(120);
  });

  test("keeps up with a flood of samples", async () => {
    const out = await k6(script("flood", open("2s")), { K6_PLAY: "flood" });
    expect(out.code).toBe(0);
    const count = manifestOf(runFolder(dir, "flood")).summary?.metrics.http_reqs?.values.count ?? 0;
    expect((count - 120) % 20_000).toBe(0);
    expect(count).toBeGreaterThanOrEqual(40_120);
  });

  test.each([
    [99, 99, "complete"],
    [107, 107, "interrupted"],
    [108, 108, "interrupted"],
    [110, 110, "complete"],
    [104, 104, "interrupted"],
    [2, 109, "interrupted"],
  ])("that k6 ends with %i ends with %i, %s", async (code, expected, status) => {
    const name = `code-${code}`;
    const out = await k6(script(name, open("1s")), { K6_CODE: String(code), K6_SAYS: "the very reason" });
    expect(out.code).toBe(expected);
    expect(out.stderr).toContain("the very reason");
    expect(manifestOf(runFolder(dir, name))).toMatchObject({ status });
  });
});

describe("an early end", () => {
  test("Ctrl-C reaches k6 once, and leaves a whole run folder", async () => {
    const running = start(["run", script("ctrl-c", open("20s")), "--engine", "k6", "--no-history"], dir, {
      K6_BINARY: standIn,
    });
    await running.says("hello from the script");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    running.child.kill("SIGINT");
    const out = await running.outcome;
    expect(out.code).toBe(105);
    expect(out.stderr).toContain("SIGINT number 1");
    expect(out.stderr).not.toContain("SIGINT number 2");
    expect(manifestOf(runFolder(dir, "ctrl-c"))).toMatchObject({
      status: "interrupted",
      endReason: "Stopped by SIGINT.",
      exitCode: 105,
    });
  });

  test("a k6 that does not listen is ended from outside when its time is up", async () => {
    const path = script("deaf", { ...open("20s"), teardownTimeout: "1s" });
    const running = start(["run", path, "--engine", "k6", "--no-history"], dir, {
      K6_BINARY: standIn,
      K6_PLAY: "deaf",
    });
    await running.says("hello from the script");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    running.child.kill("SIGINT");
    const out = await running.outcome;
    expect(out.code).toBe(105);
    expect(manifestOf(runFolder(dir, "deaf"))).toMatchObject({ status: "interrupted" });
  });

  test("a k6 that dies leaves what it had said", async () => {
    const out = await k6(script("dies", open("20s")), { K6_PLAY: "dies" });
    expect(out.code).toBe(109);
    expect(out.stderr).toContain("k6 was ended by SIGKILL");
    const run = manifestOf(runFolder(dir, "dies"));
    expect(run).toMatchObject({ status: "interrupted" });
    expect(run.summary?.metrics.http_reqs?.values.count).toBeGreaterThan(30);
  });

  test.runIf(hasProc)("kill -9 of ours ends k6 too, and the run is readable up to then", async () => {
    const asked = join(dir, "asked-killed");
    const path = script("killed", open("30s", { http_req_duration: ["p(95)<200"] }));
    const running = start(["run", path, "--engine", "k6", "--no-history"], dir, {
      K6_BINARY: standIn,
      K6_ASKED: asked,
    });
    await running.says("hello from the script");
    await new Promise((resolve) => setTimeout(resolve, 5000));
    running.child.kill("SIGKILL");
    const report = await loadline(["report", runFolder(dir, "killed"), "--json"], dir);
    expect(report.stdout + report.stderr).toMatch(/interrupted|ended before the run did/);
    const lines = readFileSync(join(runFolder(dir, "killed"), "counters.ndjson"), "utf8")
      .trim()
      .split("\n");
    expect(lines.length).toBeGreaterThanOrEqual(2);
    const { pid } = JSON.parse(readFileSync(asked, "utf8").trim().split("\n").at(-1)!) as { pid: number };
    for (let i = 0; i < 100 && isAlive(pid); i += 1) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(isAlive(pid)).toBe(false);
  });
});

describe("what cannot be", () => {
  const path = () => script("refused", open("1s"));
  test.each([
    ["no k6 anywhere", { K6_BINARY: "", PATH: "/nowhere" }, [], 104, "There is no k6 to run the script with"],
    ["a k6 that is not there", {}, ["--k6-binary", "/nowhere"], 104, "--k6-binary"],
    ["a program that is not k6", { K6_PLAY: "stranger" }, [], 104, "does not answer as k6 does"],
    ["a script that k6 cannot load", { K6_PLAY: "bad-script" }, [], 107, "nothing is not defined"],
    ["a warm-up", {}, ["--warm-up", "5s"], 2, "--warm-up has no meaning with --engine k6"],
    ["engine threads", {}, ["--workers", "2"], 2, "--workers has no meaning with --engine k6"],
    ["arrivals at random", {}, ["--arrivals", "poisson"], 2, "--arrivals has no meaning with --engine k6"],
    ["a seed", {}, ["--seed", "7"], 2, "--seed has no meaning with --engine k6"],
    ["samples to stdout", {}, ["--out", "json=-"], 2, "feeds the run folder"],
    ["a flag that k6 refuses", { K6_PLAY: "bad-flag" }, [], 104, "unknown flag: --colour"],
  ])("%s is refused with a remedy", async (_what, env, flags, code, text) => {
    const out = await k6(path(), env, ...flags);
    expect(out.code).toBe(code);
    expect(out.stderr).toContain(text);
    expect(out.stderr).toContain("try ");
  });

  test("a threshold on a metric that only we measure is refused before any load", async () => {
    const out = await k6(script("ours", open("1s", { http_req_response_time: ["p(95)<200"] })));
    expect(out.code).toBe(104);
    expect(out.stderr).toContain("k6 does not measure http_req_response_time");
    expect(readdirSync(join(dir, "reports"))).not.toContain("ours");
  });
});

describe("commands that repeat runs", () => {
  const play = (words: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    loadline([...words, "-q"], dir, { K6_BINARY: standIn, K6_ASKED: join(dir, "asked"), ...env });
  const askedRuns = () => asked().filter(({ command }) => command === "run").length;

  test("a night by k6 becomes the first baseline, and the next one is held against it", async () => {
    const path = script("by-night", open("2s"));
    const words = ["nightly", path, "--engine", "k6", "--repeat", "2", "--pause", "0s", "--json"];
    const before = askedRuns();
    const first = await play([...words, "--bootstrap"]);
    expect(first.code, first.stderr).toBe(0);
    expect(askedRuns() - before).toBe(2);
    expect(manifestOf(runFolder(dir, "by-night"))).toMatchObject({ engine: { name: "k6", version: "0.99.1" } });
    const second = JSON.parse((await play(words)).stdout) as { scenarios: { comparison: { baseline: unknown } }[] };
    expect(askedRuns() - before).toBe(4);
    expect(second.scenarios[0]!.comparison.baseline).toMatchObject({ runs: expect.any(Array) });
  });

  test("a k6 that is not there is told as the night's reason, with its code", async () => {
    const path = script("no-night", open("1s"));
    const night = await play(["nightly", path, "--engine", "k6", "--json"], { K6_BINARY: "", PATH: "/nowhere" });
    expect(night.code).toBe(104);
    expect(JSON.parse(night.stdout)).toMatchObject({
      scenarios: [{ reason: expect.stringContaining("There is no k6"), exitCode: 104 }],
    });
  });

  const sides = ["--a", "http://127.0.0.1:1", "--b", "http://127.0.0.1:2"];
  test("two targets are compared with k6 loading both", async () => {
    const before = askedRuns();
    const ab = await play(["ab", script("by-ab", open("2s")), "--engine", "k6", ...sides, "--sessions", "2", "--json"]);
    expect(ab.code, ab.stderr).toBe(112);
    expect(JSON.parse(ab.stdout)).toMatchObject({ schema: "loadline.ab/1", sessions: [{}, {}] });
    expect(askedRuns() - before).toBe(4);
    const urls = asked()
      .filter(({ command }) => command === "run")
      .slice(-4)
      .map(({ words }) => words.find((word) => word.startsWith("BASE_URL=")));
    expect(new Set(urls)).toEqual(new Set(["BASE_URL=http://127.0.0.1:1", "BASE_URL=http://127.0.0.1:2"]));
  });

  test.each([
    ["nightly", ["--warm-up", "5s"], "--warm-up has no meaning with --engine k6"],
    ["nightly", ["--workers", "auto"], "--workers has no meaning with --engine k6"],
    ["nightly", ["--out", "json=-"], "feeds the run folder"],
    ["ab", [...sides, "--warm-up", "5s"], "--warm-up has no meaning with --engine k6"],
    ["ab", [...sides, "--gate", "http_req_response_time p(95)"], "k6 does not measure what is to gate"],
  ])("%s %j is refused before any load", async (command, flags, text) => {
    const before = asked().length;
    const { code, stderr, stdout } = await play([command, script("refused", open("1s")), "--engine", "k6", ...flags]);
    expect(code, stderr).toBe(2);
    expect(stderr).toContain(text);
    expect(stderr).toContain("try ");
    expect(stdout).toBe("");
    expect(asked()).toHaveLength(before);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
