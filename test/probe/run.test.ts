import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfig } from "../../src/harness/config.js";
import { probesFile, RunProbes, readProbes } from "../../src/harness/probes.js";
import { Problem } from "../../src/model/problem.js";
import { closeServers, serve } from "./asking.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "loadline-run-probes-"));
});
afterEach(async () => {
  await closeServers();
  rmSync(folder, { recursive: true, force: true });
});

async function probes(source: string, baseUrl: string | undefined, names?: string[]): Promise<RunProbes> {
  const path = join(folder, "loadline.config.ts");
  writeFileSync(path, `export default { probes: ${source} }`);
  const config = (await loadConfig(path))!;
  return new RunProbes({ config, names, onResult: () => {} }, { baseUrl, env: {}, outputs: new Map() });
}

test("each probe asks at its moment, and the evidence is in the run folder", async () => {
  const asked: string[] = [];
  const url = await serve((request, response) => {
    asked.push(request.url!);
    response.end("{}");
  });
  const run = await probes(
    `{ late: { kind: "http", url: "/after" }, early: { kind: "http", url: "/before", when: "before" },
       amid: { kind: "http", url: "/during", when: "during" } }`,
    url,
  );
  await run.before();
  expect(asked).toEqual(["/before"]);
  run.begin(200);
  await new Promise((done) => setTimeout(done, 400));
  expect(asked).toEqual(["/before", "/during"]);
  await run.end();
  expect(asked).toEqual(["/before", "/during", "/after"]);
  expect(run.passed).toBe(true);
  await run.write(folder);
  const kept = JSON.parse(readFileSync(join(folder, probesFile), "utf8"));
  expect(kept.map((one: { name: string; state: string }) => `${one.name} ${one.state}`)).toEqual([
    "early pass",
    "amid pass",
    "late pass",
  ]);
});

test("a load that ends early still has its probe asked", async () => {
  const url = await serve((_request, response) => response.end());
  const run = await probes(`{ amid: { kind: "http", url: "/", when: "during" } }`, url);
  run.begin(3_600_000);
  await run.end();
  expect(run.results.map((result) => result.state)).toEqual(["pass"]);
});

test("a stopped run asks nothing more and says so of each", async () => {
  let asked = 0;
  const url = await serve(() => {
    asked += 1;
  });
  const run = await probes(
    `{ amid: { kind: "http", url: "/", when: "during" }, late: { kind: "http", url: "/" } }`,
    url,
  );
  run.begin(0);
  await new Promise((done) => setTimeout(done, 200));
  run.giveUp();
  await run.end();
  expect(asked).toBe(1);
  expect(run.passed).toBe(false);
  expect(run.results.map(({ name, state }) => [name, state])).toEqual([
    ["amid", "fail"],
    ["late", "error"],
  ]);
  expect(run.results[1]?.reason).toBe("not asked: the run ended before");
});

test("a run without a load has nothing asked beside it, and says so", async () => {
  const run = await probes(`{ amid: { kind: "http", url: "/", when: "during" } }`, "http://127.0.0.1:1");
  await run.end();
  expect(run.results).toMatchObject([{ name: "amid", state: "error" }]);
});

test("asking again replaces a probe's evidence and leaves that of the others", async () => {
  const url = await serve((_request, response) => response.end());
  const both = `{ a: { kind: "http", url: "/" }, b: { kind: "http", url: "/", expect: { status: 500 } } }`;
  const first = await probes(both, url);
  await first.all();
  await first.write(folder);
  const second = await probes(both.replace("500", "200"), url, ["b"]);
  await second.all();
  await second.write(folder);
  expect(readProbes(folder).map(({ name, state }) => `${name} ${state}`)).toEqual(["a pass", "b pass"]);
});

test("no secret of the config, the environment or an answer is in the evidence", async () => {
  process.env.LOADLINE_TEST_TOKEN = "environment-secret";
  const url = await serve((request, response) => {
    response.end(
      JSON.stringify({ echoed: request.headers.authorization, api_key: "answered-secret", env: "environment-secret" }),
    );
  });
  const run = await probes(
    `{ a: { kind: "http", url: "/?token=query-secret", headers: { authorization: "Bearer header-secret" },
       expect: { json: { nothing: 1 } } } }`,
    url,
  );
  delete process.env.LOADLINE_TEST_TOKEN;
  await run.all();
  await run.write(folder);
  const text = readFileSync(join(folder, probesFile), "utf8");
  expect(text).toContain("***");
  expect(text).not.toMatch(/environment-secret|header-secret|query-secret|answered-secret/);
});

test("a probe that there is not is told with the one that was meant", async () => {
  const error = await probes(`{ "health-200": { kind: "http", url: "/" } }`, undefined, ["heath-200"]).catch(
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(Problem);
  expect((error as Problem).hint).toContain('"health-200"');
});
