import { spawn } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadline, scratch } from "./loadline.js";
import { expectFailing, ReadyChecklists, target } from "./ready-checklists.js";

// What the ready checklists ask of a run is made to fail by the switches of the built-in target, in runs of seconds.
// What they ask of other measurements is in checklist-measurements.test.ts; of probes, in test/probe. Left to
// test/checklist/ready.test.ts, with evidence made by hand: `memory stable` and `fds stable`, which need a run of
// minutes, and a regression of the error rate, which needs thousands of requests a run, because failures come in bursts.

const { dir, remove } = scratch();
const ready = new ReadyChecklists(dir);

beforeAll(async () => {
  const runs: string[] = [];
  for (let i = 0; i < 3; i += 1) runs.push(await ready.run("2s", ["--command", target]));
  const accepted = await loadline(["baseline", "accept", ...runs, "--by", "Ada"], dir);
  expect(accepted.code, accepted.stderr).toBe(0);
}, 180_000);
afterAll(remove, 60_000);

test("a target that freezes and errs fails what is asked of speed, load, errors, checks and the verdict", async () => {
  // As long and as dense as the runs of the baseline: others would not be compared with it.
  const folder = await ready.run("2s", ["--command", `${target} --stall-every 1s:800ms --error-ratio 0.5`]);
  const items = await ready.judged(["--run", folder]);
  expectFailing(items, [
    ["Load is 1,000 requests a second", /^Achieved [\d.]+\/s of 200\/s planned, \d+ arrivals dropped/],
    ["Load: 1000 QPS held", /^Achieved [\d.]+\/s of 200\/s planned, \d+ arrivals dropped/],
    ["Response time: p50 < 50 ms", /^http_req_duration p\(\d\d\) is [\d.]+m?s, wanted < /],
    ["With the time that a request had to wait", /^http_req_response_time p\(99\) is [\d.]+m?s, wanted < 500ms/],
    ["Latency: p95 < 200 ms", /^http_req_duration p\(95\) is [\d.]+m?s, wanted < 200ms/],
    ["Error rate < 0.1%", /^http_req_failed rate is [\d.]+ %, wanted < 0\.1 %/],
    ["Error rate < 0.5%", /^http_req_failed rate is [\d.]+ %, wanted < 0\.5 %/],
    ["Errors: error rate", /^http_req_failed rate is [\d.]+ %, wanted < 0\.1 %/],
    ["Throughput > 50,000 requests a minute", /^http_reqs: [\d.]+\/s, wanted > 833\.3\/s/],
    ["All checks of the scenario hold", /^checks rate is [\d.]+ %, wanted > 99\.9 %/],
    ["The scenario's checks hold", /^The check "status is 200" held \d+ of \d+ times/],
    ["10+ concurrent requests are handled", /^http_req_failed rate is [\d.]+ %, wanted < 1 %/],
    ["No worse than the baseline", /regressed|worse|slower/i],
    ["Response times are within acceptable limits", /^http_req_response_time p\(\d\d\): regressed \(\+/],
    ["Throughput is within its expected range", /^throughput rate: regressed \(-|^throughput rate: regressed \(−/],
  ]);
  const spikes = items.filter(({ text }) => text === "No spikes in the error rate");
  expect(spikes.map(({ state }) => state)).toEqual(["not-run"]);
  expect(spikes[0]!.reason).toMatch(/^http_req_failed rate: inconclusive \(\+[3-7]\d/);
}, 60_000);

test("a target that leaks fails its memory, a busy process its CPU, and a load without overlap its concurrency", async () => {
  // Beside the target and watched with it: the built-in one has no switch that burns a whole core.
  const busy = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
  try {
    const hot = await ready.run("3s", ["--command", target, "--pid", `busy=${busy.pid}`], 50);
    const items = await ready.judged(["--run", hot]);
    expectFailing(items, [
      ["CPU < 90% of one core", /^cpu p\(95\): .*busy (9\d|1\d\d)[\d.]* % of a core; wanted < 90 % of a core/],
      ["10+ concurrent requests", /^At most \d virtual users were at work at once, wanted >= 10/],
    ]);
  } finally {
    busy.kill("SIGKILL");
  }
  const fat = await ready.run("6s", ["--command", `${target} --leak-mb-per-hour 650000`], 30);
  expectFailing(await ready.judged(["--run", fat]), [
    ["Memory < 1 GB", /^memory max: target 1\.\d GB; wanted < 1 GB/],
    ["Memory < 512 MB", /^memory max: target 1\.\d GB; wanted < 512 MB/],
  ]);
}, 60_000);
