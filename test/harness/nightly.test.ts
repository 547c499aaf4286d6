import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { acceptBaseline, readBaseline } from "../../src/baseline/store.js";
import { compareRuns } from "../../src/compare/compare-runs.js";
import { type NightlyRequest, nightKey, runNightly, worstOf } from "../../src/harness/nightly.js";
import { readState, removeState, statePath, writeState } from "../../src/harness/nightly-state.js";
import { postWebhook } from "../../src/harness/webhook.js";
import type { Nightly, NightlyScenario } from "../../src/model/nightly.js";
import { renderNightlyJunit, renderNightlyMarkdown, renderNightlyText } from "../../src/report/nightly.js";
import { recordOf } from "../baseline/records.js";

test.each([
  [[0, 0], 0],
  [[0, 112], 112],
  [[112, 99], 99],
  [[99, 111, 112], 111],
  [[111, 104], 104],
  [[0, 77], 77],
  [[], 0],
])("of %j the one exit code is %d", (codes, worst) => {
  expect(worstOf(codes)).toBe(worst);
});

function scenarioOf(changes: Partial<NightlyScenario>): NightlyScenario {
  return {
    ...{ script: "api.ts", scenario: "api", verdict: "pass", reason: "All is well.", exitCode: 0, runs: ["r1"] },
    ...{ retried: 0, report: null, accepted: null, comparison: null, newestChange: null, ...changes },
  };
}

function nightOf(...scenarios: NightlyScenario[]): Nightly {
  const startedAt = "2026-01-18T02:17:00.000Z";
  return { schema: "loadline.nightly/1", startedAt, endedAt: startedAt, resumed: false, exitCode: 0, scenarios };
}

test("an undecided scenario is skipped in JUnit, a failed one failed, and hostile names stay text", () => {
  const hostile = '<x>&"\u001b[2J|@all';
  const night = nightOf(
    scenarioOf({ verdict: "inconclusive", exitCode: 112 }),
    scenarioOf({ verdict: "regressed", exitCode: 111, scenario: hostile, reason: hostile }),
  );
  const junit = renderNightlyJunit(night);
  expect(junit).toMatch(/<skipped[\s\S]*<failure/);
  expect(junit).not.toContain("<x>");
  expect(junit).not.toContain("\u001b");
  const markdown = renderNightlyMarkdown(night);
  expect(markdown).toContain("2 of 2 scenarios need a look");
  expect(markdown).not.toMatch(/<x>|@all/);
  expect(renderNightlyText(night, { color: false })).not.toContain("\u001b");
});

test("an unfinished night is taken up by the same request, within its day, and by no other", async () => {
  const path = statePath(mkdtempSync(join(tmpdir(), "night-")));
  const startedAt = "2026-01-18T02:00:00.000Z";
  const state = { schema: "loadline.nightly-state/1" as const, key: "k", startedAt, scripts: {} };
  await writeState(path, state);
  expect(readState(path, "k", new Date("2026-01-18T05:00:00Z"))).toEqual(state);
  expect(readState(path, "other", new Date("2026-01-18T05:00:00Z"))).toBeUndefined();
  expect(readState(path, "k", new Date("2026-01-19T05:00:00Z"))).toBeUndefined();
  expect(readState(path, "k", new Date("2026-01-17T05:00:00Z"))).toBeUndefined();
  await removeState(path);
  expect(readState(path, "k", new Date("2026-01-18T05:00:00Z"))).toBeUndefined();
});

/** A request for one scenario, whose runs nobody makes. */
function requestFor(reportsDir: string, env: Record<string, string> = {}): NightlyRequest {
  const run = {
    ...{ script: "api.ts", env, layers: { config: {}, env: {}, flags: {} }, labels: {}, reportsDir, pids: [] },
    ...{ commands: [], argv: ["loadline", "nightly", "api.ts"], noThresholds: false },
  };
  return {
    ...{ runs: [run], reportsDir, baselinesDir: reportsDir, against: "main", repeat: 2, pauseMs: 0, retries: 0 },
    ...{ retryDelayMs: 0, bootstrap: false, by: "test", fresh: false },
  };
}

const noRuns = {
  observer: () => expect.unreachable("a run was begun"),
  onStoppable: () => {},
  isStopped: () => false,
};

test("a night that was killed after its runs became part of the baseline neither compares nor accepts them again", async () => {
  const reportsDir = mkdtempSync(join(tmpdir(), "night-"));
  const ids = ["r1", "r2", "r3"];
  const records = ids.map((id) => recordOf(reportsDir, id));
  await acceptBaseline(records, { dir: reportsDir, name: "main", by: "test", note: "" });
  const request = { ...requestFor(reportsDir), keep: 9 };
  const runs = ["r2", "r3"].map((id) => join(reportsDir, id));
  const comparison = compareRuns({ baseline: null, candidate: [] });
  const found = scenarioOf({ scenario: "api-baseline", comparison, reason: "All is well.", runs });
  const scripts = { "api.ts": { runs, retried: 0, found, done: null } };
  const startedAt = new Date().toISOString();
  const key = nightKey(request);
  await writeState(statePath(reportsDir), { schema: "loadline.nightly-state/1", key, startedAt, scripts });
  const { scenarios } = await runNightly(request, { ...noRuns, step: () => {} });
  expect(scenarios[0]).toMatchObject({ verdict: "pass", exitCode: 0 });
  expect(scenarios[0]!.accepted).toBe(join(reportsDir, "api-baseline/main.json"));
  expect(scenarios[0]!.reason).toBe('All is well. The runs joined the baseline "main", which now holds 3.');
  expect(readBaseline(reportsDir, "api-baseline", "main")!.runs.map(({ id }) => id)).toEqual(ids);
});

test("scenarios that were done before the crash are not run again, whatever the shell's environment is", async () => {
  const reportsDir = mkdtempSync(join(tmpdir(), "night-"));
  const requestWith = (env: Record<string, string>) => requestFor(reportsDir, env);
  const done = scenarioOf({ verdict: "regressed", exitCode: 111 });
  const scripts = { "api.ts": { runs: [], retried: 0, found: null, done } };
  const startedAt = new Date(Date.now() - 3_600_000).toISOString();
  const key = nightKey(requestWith({ SHLVL: "1" }));
  await writeState(statePath(reportsDir), { schema: "loadline.nightly-state/1", key, startedAt, scripts });
  const steps: string[] = [];
  const result = await runNightly(requestWith({ SHLVL: "2" }), {
    ...noRuns,
    step: (text) => steps.push(text),
  });
  expect(result).toMatchObject({ resumed: true, startedAt, exitCode: 111, scenarios: [done] });
  expect(steps.join()).toContain("done before");
  expect(readState(statePath(reportsDir), key, new Date())).toBeUndefined();
});

test("a torn state is told with its path and not taken for a fresh night", () => {
  const path = join(mkdtempSync(join(tmpdir(), "night-")), ".nightly.json");
  writeFileSync(path, '{"schema":"loadline.nightly-st');
  expect(() => readState(path, "k", new Date())).toThrow();
});

test("a webhook is tried again while its receiver fails, and its address is never told", async () => {
  const answers = [503, 200];
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => {
      body += part;
    });
    request.on("end", () => {
      bodies.push(body);
      response.writeHead(answers.shift() ?? 404).end();
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-token`;
  expect(await postWebhook(url, { a: 1 }, 1)).toBeUndefined();
  expect(bodies).toEqual(['{"a":1}', '{"a":1}']);
  const refused = await postWebhook(url, {}, 1);
  expect(refused).toContain("404");
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  const gone = await postWebhook(url, {}, 1);
  expect(`${refused}${gone}`).not.toContain("secret-token");
  expect(gone).toContain("could not be reached");
});
