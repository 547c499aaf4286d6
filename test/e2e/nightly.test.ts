import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { baselineSchema } from "../../src/model/baseline.js";
import { readJsonFile } from "../../src/record/json-file.js";
import { demoTarget, loadline, scratch, scripts, start } from "./loadline.js";

const folder = scratch();
let target: Awaited<ReturnType<typeof demoTarget>>;
beforeAll(async () => {
  target = await demoTarget();
});
afterAll(async () => {
  await target.stop();
  folder.remove();
});

const renewals = join(folder.dir, "renewals");
const words = (...more: string[]) => [
  ...["nightly", join(scripts, "get.js"), "-e", `BASE_URL=${target.url}`, "--repeat", "3", "--pause", "0s", "-q"],
  // A busy machine's runs are invalid at times, and made again: at once, for a test's sake.
  ...["--retries", "5", "--retry-delay", "0.1s"],
  ...["--restart-command", `"${process.execPath}" renew.mjs`, "--ready-url", `${target.url}/health`, ...more],
];
const runsMade = () => readdirSync(join(folder.dir, "reports", "get")).length;
const baselineRuns = () =>
  readJsonFile(join(folder.dir, "baselines", "get", "main.json"), baselineSchema, "baseline", "").runs.length;

test("a night that was killed is taken up, becomes the first baseline, and the next one joins it", async () => {
  writeFileSync(
    join(folder.dir, "renew.mjs"),
    `import { appendFileSync } from "node:fs"; appendFileSync(${JSON.stringify(renewals)}, "renewed\\n");`,
  );
  const first = start(words("--bootstrap", "--keep", "5"), folder.dir);
  await first.says("run 2 of 3");
  first.child.kill("SIGKILL");
  await first.outcome;
  expect(existsSync(join(folder.dir, "baselines", "get", "main.json"))).toBe(false);

  const resumed = await loadline(words("--bootstrap", "--keep", "5"), folder.dir);
  expect(resumed.stderr).toContain("taking up the night of");
  expect(resumed.stderr).not.toContain("run 1 of 3");
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(baselineRuns()).toBe(3);
  // Before the third run; the resumed night's first finds its target as it is. Before the second the kill came first, or not.
  const renewed = () => readFileSync(renewals, "utf8").trim().split("\n").length;
  expect(renewed()).toBeGreaterThanOrEqual(1);
  const [before, renewedBefore] = [runsMade(), renewed()];

  const second = await loadline(words("--keep", "5", "--json"), folder.dir);
  const night = JSON.parse(second.stdout) as { exitCode: number; scenarios: { verdict: string; reason: string }[] };
  const made = runsMade() - before;
  expect(made).toBeGreaterThanOrEqual(3);
  // Between any two runs, those that were invalid and made again included.
  expect(renewed() - renewedBefore).toBe(made - 1);
  // Runs of two seconds may prove nothing; a night that passed joins, another leaves the baseline alone.
  expect([0, 111, 112]).toContain(second.code);
  expect(night.exitCode).toBe(second.code);
  expect(baselineRuns()).toBe(second.code === 0 ? 5 : 3);
  if (second.code === 0) expect(night.scenarios[0]!.reason).toContain("which now holds 5");
});

test("a rule that is crossed ends the scenario with its reason, and the night goes on to the next", async () => {
  writeFileSync(join(folder.dir, "other.js"), readFileSync(join(scripts, "get.js")));
  const plain = words().filter((word) => !/renew|--restart|--ready|health/.test(word));
  const more = ["other.js", "--fresh", "--stop-when", "memory > 1MB", "--pid", `target=${process.pid}`, "--json"];
  const { code, stdout, stderr } = await loadline([...plain, ...more], folder.dir);
  expect(code, stderr).toBe(105);
  const { scenarios } = JSON.parse(stdout) as { scenarios: { reason: string; exitCode: number }[] };
  expect(scenarios.map(({ exitCode }) => exitCode)).toEqual([105, 105]);
  for (const { reason } of scenarios) expect(reason).toContain('the rule "memory > 1MB"');
});

test("a night whose folder cannot be made is told before any load", async () => {
  writeFileSync(join(folder.dir, "taken"), "");
  const { code, stderr } = await loadline(words("--fresh", "--reports", "taken/reports"), folder.dir);
  expect(code).toBe(104);
  expect(stderr).toContain("folder.not-writable");
  expect(stderr).not.toContain("run 1 of");
});

test("a command that cannot start the target ends the scenario with its reason", async () => {
  const broken = ["--restart-command", "false", "--fresh"];
  const { code, stderr } = await loadline(
    [...words().filter((word) => !/renew|--restart/.test(word)), ...broken],
    folder.dir,
  );
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/restart/);
});

test.each(["0", "2"])("--keep %s, fewer than a night's runs, is refused before any load", async (keep) => {
  const before = runsMade();
  const { code, stderr } = await loadline(words("--fresh", "--keep", keep), folder.dir);
  expect(code).toBe(2);
  expect(stderr).toContain("at least the runs of one night");
  expect(stderr).toContain("3 or more");
  expect(runsMade()).toBe(before);
});
