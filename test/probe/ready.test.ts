import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
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
}, 60_000);

test.each([
  ["rate-limit", { DEMO_RATE_LIMIT: "5" }, "below the limit were refused"],
  ["env-present", { REQUIRED_VARIABLES: "PATH,DATABASE_URL_OF_NOBODY" }, "DATABASE_URL_OF_NOBODY is not set"],
  ["crash-recovery", { RECOVERY_WITHIN: "1ms" }, "it took"],
  ["tls", { DEMO_TLS_DAYS: "10" }, "has 9 days left, not 30"],
])(
  "%s can be made to fail by the environment, says why, and exits with 113",
  async (name, env, reason) => {
    const { exitCode, stdout } = await loadline(["probe", name, ...demo], env);
    expect(stdout).toMatch(/^fail/);
    expect(stdout).toContain(reason);
    expect(exitCode).toBe(113);
  },
  30_000,
);

test("probes of a run leave their evidence in its folder, and a failing one ends it with 113", async () => {
  const script = join(import.meta.dirname, "../../scenarios/api-baseline.ts");
  const rate = ["-e", "RATE=20", "-e", "DURATION=2s"];
  const { exitCode, stderr } = await loadline(
    [
      "run",
      script,
      ...rate,
      "--no-thresholds",
      "--probes",
      ...demo.slice(0, 2),
      "--command",
      `'${process.execPath}' '${bin}' demo-target`,
    ],
    { REQUIRED_VARIABLES: "NOT_SET_ANYWHERE" },
  );
  const runFolder = /run folder {2}(\S+)/.exec(stderr)?.[1];
  expect(runFolder, stderr).toBeDefined();
  const kept = JSON.parse(readFileSync(join(folder, runFolder!, "probes.json"), "utf8")) as ProbeResult[];
  expect(kept.map(({ name }) => name).sort()).toEqual([...names].sort());
  expect(kept.filter(({ state }) => state !== "pass")).toMatchObject([{ name: "env-present", state: "fail" }]);
  // A machine that is too busy to drive the load is the graver of the two.
  const { validity } = JSON.parse(readFileSync(join(folder, runFolder!, "run.json"), "utf8")) as RunManifest;
  expect(exitCode).toBe(generatorFailed(validity) ? 112 : 113);
}, 60_000);

test("a config that is missing, and a probe that there is not, are told with the remedy", async () => {
  const missing = await loadline(["probe"]);
  expect([missing.exitCode, missing.stderr]).toEqual([104, expect.stringContaining("--config FILE")]);
  const unknown = await loadline(["probe", "heath-200", ...demo]);
  expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringContaining('Did you mean "health-200"?')]);
});
