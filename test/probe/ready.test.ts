import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generatorFailed } from "../../src/compare/validity.js";
import type { ProbeResult } from "../../src/model/probe.js";
import type { RunManifest } from "../../src/model/run.js";

// `npm test` builds dist/ first; LOADLINE_BIN names another build.
const bin = process.env.LOADLINE_BIN ?? join(import.meta.dirname, "../../dist/cli/bin.js");
const config = join(import.meta.dirname, "../../checklists/loadline.config.ts");
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "loadline-ready-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Said {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

function loadline(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Said> {
  // The test runner has a BASE_URL of its own, which means something else.
  const { BASE_URL: _, ...inherited } = process.env;
  return new Promise((done) => {
    execFile(
      process.execPath,
      [bin, ...words],
      { cwd: folder, env: { ...inherited, ...env } },
      (error, stdout, stderr) => done({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

const demo = ["--config", config, "--command", "loadline demo-target"];
const names = [
  "health-200",
  "ready-200",
  "live-200",
  "metrics-scrape",
  "cache-hit-ratio",
  "token-rotation",
  "rate-limit",
  "structured-logs",
  "websocket",
  "env-present",
  "crash-recovery",
  "tls",
  "contract",
];

test("every ready probe passes against the built-in target as it stands", async () => {
  const { exitCode, stdout, stderr } = await loadline(["probe", ...demo, "--json"]);
  const { results } = JSON.parse(stdout) as { results: ProbeResult[] };
  expect(results.filter(({ state }) => state !== "pass")).toEqual([]);
  expect(results.map(({ name }) => name)).toEqual(names);
  expect(exitCode, stderr).toBe(0);
}, 90_000);

test("each of them can be made to fail by a switch of the target or the environment, and says why", async () => {
  const broken = "health,ready,live,metrics,cache,tokens,logs,websocket,data";
  const { exitCode, stdout, stderr } = await loadline(
    ["probe", "--config", config, "--command", `loadline demo-target --break ${broken}`, "--json"],
    { DEMO_BREAK: "logs,data", DEMO_RATE_LIMIT: "5", DEMO_TLS_DAYS: "10", REQUIRED_VARIABLES: "PATH,SET_BY_NOBODY" },
  );
  const { results } = JSON.parse(stdout) as { results: ProbeResult[] };
  expect(Object.fromEntries(results.map(({ name, state, reason }) => [name, `${state}: ${reason}`]))).toEqual({
    "health-200": expect.stringMatching(/^fail: .*the status is 503, not 200/),
    "ready-200": expect.stringMatching(/^fail: .*the status is 503, not 200/),
    "live-200": expect.stringMatching(/^fail: .*the status is 503, not 200/),
    "metrics-scrape": expect.stringMatching(/^fail: .*process_resident_memory_bytes/),
    "cache-hit-ratio": expect.stringMatching(/^fail: .*did not move, so there is no ratio/),
    "token-rotation": expect.stringMatching(/^fail: .*the status is 200, not 401/),
    "rate-limit": expect.stringMatching(/^fail: .*below the limit were refused/),
    "structured-logs": expect.stringMatching(/^fail: .*no line/i),
    websocket: expect.stringMatching(/^fail: .*503/),
    "env-present": "fail: SET_BY_NOBODY is not set",
    "crash-recovery": expect.stringMatching(/^fail: .*data/),
    tls: expect.stringMatching(/^fail: .*has 9 days left, not 30/),
    contract: expect.stringMatching(/^fail: .*http_request_duration_seconds_count is not exported/),
  });
  expect(exitCode, stderr).toBe(113);
}, 90_000);

test("a cache that finds nothing, and a recovery that takes longer than agreed, fail with their figures", async () => {
  const { exitCode, stdout } = await loadline(
    [
      "probe",
      "cache-hit-ratio",
      "crash-recovery",
      "--config",
      config,
      "--command",
      "loadline demo-target --break cache",
    ],
    { RECOVERY_WITHIN: "1ms" },
  );
  expect(stdout).toMatch(/^fail +cache-hit-ratio .* is 0, not at least 0\.7/m);
  expect(stdout).toMatch(/^fail +crash-recovery .*it took/m);
  expect(exitCode).toBe(113);
}, 60_000);

test("probes of a run leave their evidence in its folder, and a failing one ends it with 113", async () => {
  const script = join(import.meta.dirname, "../../scenarios/api-baseline.ts");
  const rate = ["-e", "RATE=20", "-e", "DURATION=2s", "--no-thresholds"];
  const few = join(folder, "few.config.ts");
  writeFileSync(
    few,
    `export default { probes: {
      before: { kind: "http", when: "before", url: "/health/live" },
      during: { kind: "http", when: "during", url: "/health/ready" },
      after: { kind: "http", url: "/health" },
      unset: { kind: "env", names: ["SET_BY_NOBODY"] },
    } };`,
  );
  const target = ["--command", "loadline demo-target --quiet"];
  const { exitCode, stderr } = await loadline(["run", script, ...rate, "--probes", "--config", few, ...target]);
  const runFolder = /run folder {2}(\S+)/.exec(stderr)?.[1];
  expect(runFolder, stderr).toBeDefined();
  const kept = JSON.parse(readFileSync(join(folder, runFolder!, "probes.json"), "utf8")) as ProbeResult[];
  expect(kept.map(({ name, state }) => [name, state]).sort()).toEqual([
    ["after", "pass"],
    ["before", "pass"],
    ["during", "pass"],
    ["unset", "fail"],
  ]);
  // A machine that is too busy to drive the load is the graver of the two.
  const { validity } = JSON.parse(readFileSync(join(folder, runFolder!, "run.json"), "utf8")) as RunManifest;
  expect(exitCode).toBe(generatorFailed(validity) ? 112 : 113);
}, 60_000);

test("a config that is missing, and a probe that there is not, are told with the remedy", async () => {
  const missing = await loadline(["probe"]);
  expect([missing.exitCode, missing.stderr]).toEqual([104, expect.stringContaining("--config FILE")]);
  const unknown = await loadline(["probe", "heath-200", ...demo]);
  expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringContaining('Did you mean "health-200"?')]);
}, 60_000);
