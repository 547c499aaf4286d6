import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadline, runFolder, scratch } from "./loadline.js";

// What the ready checklists ask of a run is made to fail by the switches of the built-in target, in runs of seconds.
// What they ask of probes is made to fail in test/probe. Left to test/checklist/ready.test.ts, with evidence made by
// hand: `memory stable` and `fds stable`, which no run under ten minutes can decide, and a regression of the error rate,
// for which one run needs thousands of requests, because failures come in bursts.

const { dir, remove } = scratch();
const checklists = join(import.meta.dirname, "../../checklists");
const names = ["production-readiness", "staging-canary", "production-verification", "deployment-verification"];
const target = "loadline demo-target --quiet";

// Twenty VUs and no more: a target that stands still has them all waiting, and cannot hide behind a queue of hundreds.
const script = `
import { check } from "k6";
import http from "k6/http";
export const options = { scenarios: { api: {
  executor: "constant-arrival-rate", rate: Number(__ENV.RATE), timeUnit: "1s", duration: __ENV.DURATION,
  preAllocatedVUs: Number(__ENV.VUS || 20), maxVUs: Number(__ENV.VUS || 20),
  gracefulStop: "1s",
} }, thresholds: { http_req_failed: ["rate<0.01"] } };
export default function () {
  const response = http.get(__ENV.BASE_URL + "/api/items/7");
  check(response, { "status is 200": (r) => r.status === 200 });
}
`;

beforeAll(async () => {
  writeFileSync(join(dir, "api.js"), script);
  for (let i = 0; i < 3; i += 1) await run("2s", [`--command`, target]);
  const accepted = await loadline(["baseline", "accept", ...runs(), "--by", "Ada"], dir);
  expect(accepted.code, accepted.stderr).toBe(0);
}, 180_000);
afterAll(remove, 60_000);

const made: string[] = [];
const runs = () => made.slice(0, 3);

/** A run that may be judged: on a machine that is too busy it is invalid, and made once more. */
async function run(duration: string, words: readonly string[], rate = 200): Promise<string> {
  const asked = [
    "run",
    "api.js",
    "-e",
    `RATE=${rate}`,
    "-e",
    `DURATION=${duration}`,
    "--no-thresholds",
    "--no-history",
  ];
  for (let i = 0; ; i += 1) {
    const { code, stderr, stdout } = await loadline([...asked, "--quiet", ...words], dir);
    const folder = code === 0 || code === 112 ? runFolder(dir, "api") : undefined;
    if (code === 0) {
      made.push(folder!);
      return folder!;
    }
    expect(i, `${stdout}\n${stderr}`).toBeLessThan(6);
    if (folder !== undefined) rmSync(folder, { recursive: true });
  }
}

interface Item {
  readonly text: string;
  readonly state: string;
  readonly reason: string;
}

/** Every item of the ready checklists, and where it stands. */
async function judged(words: readonly string[]): Promise<readonly Item[]> {
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(checklists, `${name}.md`);
      const { code, stdout, stderr } = await loadline(["checklist", path, "--json", ...words], dir);
      expect(code, stderr).toBe(113);
      return (JSON.parse(stdout) as { items: Item[] }).items;
    }),
  );
  return found.flat();
}

function expectFailing(items: readonly Item[], expected: readonly (readonly [text: string, reason: RegExp])[]): void {
  for (const [text, reason] of expected) {
    const found = items.filter((item) => item.text.includes(text));
    expect(found, text).not.toHaveLength(0);
    for (const item of found) {
      expect(`${item.state}: ${item.reason}`, item.text).toMatch(/^fail: /);
      expect(item.reason, item.text).toMatch(reason);
    }
  }
}

test("a target that freezes and errs fails what is asked of speed, load, errors, checks and the verdict", async () => {
  // As long and as dense as the runs of the baseline: others would not be compared with it.
  const folder = await run("2s", ["--command", `${target} --stall-every 1s:800ms --error-ratio 0.5`]);
  const items = await judged(["--run", folder]);
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
    const hot = await run("3s", ["--command", target, "--pid", `busy=${busy.pid}`], 50);
    const items = await judged(["--run", hot]);
    expectFailing(items, [
      ["CPU < 90% of one core", /^cpu p\(95\): .*busy (9\d|1\d\d)[\d.]* % of a core; wanted < 90 % of a core/],
      ["10+ concurrent requests", /^At most \d virtual users were at work at once, wanted >= 10/],
    ]);
  } finally {
    busy.kill("SIGKILL");
  }
  const fat = await run("6s", ["--command", `${target} --leak-mb-per-hour 650000`], 30);
  expectFailing(await judged(["--run", fat]), [
    ["Memory < 1 GB", /^memory max: target 1\.\d GB; wanted < 1 GB/],
    ["Memory < 512 MB", /^memory max: target 1\.\d GB; wanted < 512 MB/],
  ]);
}, 60_000);

test("a slower release fails its ratio to the old one", async () => {
  // A p95 needs a hundred requests beyond it, in each run.
  const load = ["-e", "RATE=1000", "-e", "DURATION=2500ms", "-e", "VUS=100"];
  const pair = ["--command-a", target, "--command-b", `${target} --latency-scale 20`, "--sessions", "3"];
  const ab = await loadline(["ab", "api.js", ...load, ...pair, "--json"], dir);
  expect(ab.code, ab.stderr).toBe(111);
  writeFileSync(join(dir, "ab.json"), ab.stdout);
  expectFailing(await judged(["--run", runs()[0]!, "--ab", "ab.json"]), [
    ["at most 2× as slow", /^b \/ a of p\(95\) is [\d.]+, at most [\d.]+; wanted <= 2/],
  ]);
}, 60_000);

test("a service that is limited below its load fails its headroom", async () => {
  const limited = ["--command", `${target} --rate-limit 50`, "-e", "RATE=100", "-e", "DURATION=2s"];
  const steps = ["--step", "1s", "--warm-up", "0s", "--max-steps", "5", "--precision", "0.5"];
  const capacity = await loadline(["capacity", "api.js", ...limited, ...steps, "--json"], dir);
  expect(capacity.code, capacity.stderr).toBe(0);
  writeFileSync(join(dir, "capacity.json"), capacity.stdout);
  expectFailing(await judged(["--run", runs()[0]!, "--capacity", "capacity.json"]), [
    [
      "at least 20% more than its load",
      /^[\d.]+\/s still met the thresholds, -[\d.]+ % over the scenario's 100\/s; wanted/,
    ],
  ]);
}, 60_000);
