import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seriesName } from "../../src/model/metric.js";
import { readRun } from "../../src/record/reader.js";
import { bin, demoTarget, loadline, manifestOf, runFolder, scratch, scripts, start } from "./loadline.js";

let target: Awaited<ReturnType<typeof demoTarget>>;
const folders: ReturnType<typeof scratch>[] = [];
const folder = (): string => {
  folders.push(scratch());
  return folders.at(-1)!.dir;
};

beforeAll(async () => {
  target = await demoTarget();
});
afterAll(async () => {
  await target.stop();
  for (const one of folders) one.remove();
});

describe("a run at a fixed rate", () => {
  test("makes every arrival, and the log, the summary and the counters agree on their number", async () => {
    const dir = folder();
    const args = [
      "run",
      join(scripts, "get.js"),
      "-e",
      `BASE_URL=${target.url}`,
      "--pid",
      `api=${target.pid}`,
      "--json",
    ];
    const { code, stdout, stderr } = await loadline(args, dir);
    expect(code, stderr).toBe(0);
    const document = JSON.parse(stdout) as { schema: string; folder: string };
    expect(document.schema).toBe("loadline.run-result/1");
    const record = readRun(join(dir, document.folder));
    expect(record.manifest.status).toBe("complete");
    expect(record.manifest.load?.plannedArrivals).toBe(400);
    expect(record.manifest.summary?.metrics.http_reqs?.values.count).toBe(400);
    const logged = (name: string) =>
      record.histories.get(name)!.lines.reduce((sum, line) => sum + line.histogram.count, 0);
    expect(logged("http_req_duration")).toBe(400);
    expect(logged("http_req_response_time")).toBe(400);
    expect(logged(seriesName({ metric: "http_req_duration", tags: { name: "/api/items/:id" } }))).toBe(400);
    expect(record.windows.reduce((sum, window) => sum + (window.counters.http_reqs ?? 0), 0)).toBe(400);
    expect(record.resources.filter((sample) => sample.source === "api").length).toBeGreaterThanOrEqual(2);
    expect(record.damage).toEqual([]);
  });

  test("what a generator drops for want of its own CPU is its own fault, whatever its VUs were waiting for", async () => {
    const dir = folder();
    const args = ["run", join(scripts, "busy.js"), "-e", `BASE_URL=${target.url}`, "-q", "--no-history"];
    const { code, stderr } = await loadline(args, dir);
    expect(code, stderr).toBe(112);
    const { load, validity } = manifestOf(runFolder(dir, "busy"));
    expect(load!.started).toBeLessThan(400);
    expect(load!.droppedByUs).toBeGreaterThan(0.5 * load!.dropped);
    expect(validity.state).toBe("invalid");
    expect(validity.reasons.map(({ code }) => code)).toContain("generator-missed");
  });

  test("is kept where the target answers at once, so that the engine wakes by itself, and then stops answering", async () => {
    const dir = folder();
    const arrivals: number[] = [];
    const quickMs = 600;
    let beganMs = 0;
    const server = createServer((_, response) => {
      const atMs = performance.now();
      if (arrivals.length === 0) beganMs = atMs;
      arrivals.push(atMs - beganMs);
      const answerInMs = atMs - beganMs < quickMs ? 0 : 400;
      if (answerInMs === 0) response.end("ok");
      else setTimeout(() => response.end("ok"), answerInMs);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const script = join(scripts, "quick-then-slow.js");
    const { code, stderr } = await loadline(["run", script, "-e", `BASE_URL=${url}`, "-q", "--no-history"], dir);
    server.close();
    expect(code, stderr).toBe(0);
    expect(arrivals).toHaveLength(1000);
    // While nothing is answered, no iteration ends: whoever relied on that would send nothing.
    const unanswered = arrivals.filter((ms) => ms > quickMs + 50 && ms <= quickMs + 350).length;
    expect(unanswered).toBeGreaterThan(250);
    expect(unanswered).toBeLessThan(350);
  });

  test("a warm-up is sent and not measured", async () => {
    const dir = folder();
    const args = ["run", join(scripts, "get.js"), "-e", `BASE_URL=${target.url}`, "--warm-up", "1s", "-q"];
    expect((await loadline(args, dir)).code).toBe(0);
    const { summary, load } = manifestOf(runFolder(dir, "get"));
    expect(load?.plannedArrivals).toBe(400);
    expect(summary?.metrics.http_reqs?.values.count).toBe(400);
    // Connections were opened by the warm-up.
    expect(summary?.metrics.http_req_connecting?.values.max).toBe(0);
  });
});

test("scenarios, setup data, groups, custom metrics, submetrics and handleSummary mean what they mean in k6", async () => {
  const dir = folder();
  const { code, stdout, stderr } = await loadline(
    ["run", join(scripts, "stages.js"), "-e", `BASE_URL=${target.url}`],
    dir,
  );
  expect(code, stderr).toBe(0);
  expect(stdout).toBe("made 10 iterations\n");
  expect(stderr).toContain("teardown saw 200");
  expect(JSON.parse(readFileSync(join(dir, "summary.json"), "utf8"))).toEqual({ reqs: 11, bought: 4 });
  const { summary, thresholds } = manifestOf(runFolder(dir, "stages"));
  expect(thresholds.map(({ metric, ok }) => [metric, ok])).toEqual([
    ["bought", true],
    ["http_req_duration{kind:browse}", true],
    ["checks{check:found}", true],
  ]);
  const groups = summary?.root_group.groups.map((group) => [group.name, group.checks[0]?.passes]);
  expect(groups).toEqual([
    ["setup", undefined],
    ["browsing", 6],
    ["teardown", undefined],
  ]);
});

test("the command of the target is started, watched, told of by BASE_URL, and stopped", async () => {
  const dir = folder();
  const command = `${process.execPath} ${bin} demo-target --port 0 --quiet`;
  // A variable of the shell must not lead the load elsewhere.
  const env = { BASE_URL: "http://127.0.0.1:9" };
  const { code, stderr } = await loadline(["run", join(scripts, "get.js"), "--command", command, "-q"], dir, env);
  expect(code, stderr).toBe(0);
  const run = runFolder(dir, "get");
  const { pid } = JSON.parse(readFileSync(join(run, "target.log"), "utf8")) as { pid: number };
  expect(existsSync(`/proc/${pid}`)).toBe(false);
  expect(manifestOf(run).resources[0]).toMatchObject({ source: "target" });
  expect(manifestOf(run).summary?.metrics.checks?.values.passes).toBe(400);
});

describe("exit codes", () => {
  test("a failed threshold is 99, and the export says which", async () => {
    const dir = folder();
    const script = join(scripts, "strict.js");
    const { code } = await loadline(
      ["run", script, "-e", `BASE_URL=${target.url}`, "--summary-export", "out.json", "-q"],
      dir,
    );
    expect(code).toBe(99);
    const exported = JSON.parse(readFileSync(join(dir, "out.json"), "utf8")) as {
      metrics: Record<string, { thresholds?: Record<string, boolean> }>;
    };
    // In k6's export, true means that it failed.
    expect(exported.metrics.http_req_duration?.thresholds).toEqual({ "p(95)<0.001": true });
  });

  test("abortOnFail ends the run early with 99", async () => {
    const dir = folder();
    const args = [
      "run",
      join(scripts, "strict.js"),
      "-e",
      `BASE_URL=${target.url}`,
      "-e",
      "DURATION=30s",
      "-e",
      "ABORT=1",
      "-q",
    ];
    expect((await loadline(args, dir)).code).toBe(99);
    const manifest = manifestOf(runFolder(dir, "strict"));
    expect(manifest.status).toBe("interrupted");
    expect(manifest.load!.durationMs).toBeLessThan(10_000);
  });

  test("test.abort is 108, and teardown runs", async () => {
    const { code, stderr } = await loadline(["run", join(scripts, "aborts.js")], folder());
    expect(code).toBe(108);
    expect(stderr).toContain("teardown ran");
  });

  test("an exception in an iteration is told with its line, and the run goes on to 0", async () => {
    const dir = folder();
    const { code, stderr } = await loadline(["run", join(scripts, "throws.js")], dir);
    expect(code).toBe(0);
    expect(stderr).toMatch(/TypeError: .*undefined[\s\S]*throws\.js:5:10/);
    expect(manifestOf(runFolder(dir, "throws")).summary?.metrics.iterations?.values.count).toBe(3);
  });

  test("a script that never returns is cut off from outside, and its folder can be read", async () => {
    const dir = folder();
    const { code, stderr } = await loadline(["run", join(scripts, "endless.js")], dir);
    expect(code).toBe(102);
    expect(stderr).toContain("did not return control");
    expect(manifestOf(runFolder(dir, "endless")).status).toBe("interrupted");
  }, 40_000);

  test("Ctrl-C ends the run with results and 105", async () => {
    const dir = folder();
    const running = start(["run", join(scripts, "get.js"), "-e", `BASE_URL=${target.url}`, "-e", "DURATION=60s"], dir);
    await running.says("recording to");
    await new Promise((resolve) => setTimeout(resolve, 2500));
    running.child.kill("SIGINT");
    const { code, stdout } = await running.outcome;
    expect(code).toBe(105);
    expect(stdout).toContain("http_req_duration");
    const manifest = manifestOf(runFolder(dir, "get"));
    expect(manifest.status).toBe("interrupted");
    expect(manifest.summary!.metrics.http_reqs!.values.count).toBeGreaterThan(200);
  });
});

test("kill -9 in the middle: the report tells what was recorded, and loses at most a second", async () => {
  const dir = folder();
  const running = start(["run", join(scripts, "get.js"), "-e", `BASE_URL=${target.url}`, "-e", "DURATION=60s"], dir);
  await running.says("recording to");
  await new Promise((resolve) => setTimeout(resolve, 4600));
  running.child.kill("SIGKILL");
  await running.outcome;
  const run = runFolder(dir, "get");
  const recordedMs = readRun(run).windows.reduce((sum, window) => sum + window.lengthMs, 0);
  const { code, stdout, stderr } = await loadline(["report", run, "--json"], dir);
  expect(code, stderr).toBe(0);
  const model = JSON.parse(stdout) as { run: { status: string; load: { started: number } }; damage: string[] };
  expect(model.run.status).toBe("interrupted");
  expect(model.damage[0]).toContain("has no end");
  expect(recordedMs).toBeGreaterThanOrEqual(2000);
  expect(model.run.load.started / 200).toBeCloseTo(recordedMs / 1000, 0);
  expect(readFileSync(join(run, "report.html"), "utf8")).toContain("interrupted");
});

test("a reader that goes away does not end the run, and --json keeps stdout to one document", async () => {
  const dir = folder();
  const args = ["run", join(scripts, "stages.js"), "-e", `BASE_URL=${target.url}`, "--json"];
  const running = start(args, dir);
  running.child.stderr!.destroy();
  const { code, stdout } = await running.outcome;
  expect(code).toBe(0);
  expect((JSON.parse(stdout) as { run: { status: string } }).run.status).toBe("complete");
});

test("the script sees the shell's variables, unless told otherwise, and -e wins", async () => {
  const dir = folder();
  const args = ["run", join(scripts, "environment.js"), "-q", "--no-summary"];
  const env = { LOADLINE_TEST_A: "shell", LOADLINE_TEST_B: "shell" };
  expect((await loadline([...args, "-e", "LOADLINE_TEST_B=flag"], dir, env)).stderr).toContain("shell flag");
  expect((await loadline([...args, "--include-system-env-vars=false"], dir, env)).stderr).toContain(
    "undefined undefined",
  );
});

test("what is not a screen gets no control characters, and colour only when forced", async () => {
  const dir = folder();
  const args = ["run", join(scripts, "get.js"), "-e", `BASE_URL=${target.url}`];
  const plain = await loadline(args, dir, { NO_COLOR: "1" });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what must not be there
  expect(plain.stdout + plain.stderr).not.toMatch(/[\u001b\r]/);
  const forced = await loadline(args, dir, { FORCE_COLOR: "1" });
  expect(forced.stdout).toContain("\u001b[");
});
