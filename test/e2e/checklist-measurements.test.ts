import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadline, scratch } from "./loadline.js";
import { expectFailing, ReadyChecklists, target } from "./ready-checklists.js";

// What the ready checklists ask of `ab` and `capacity` is made to fail by the switches of the built-in target.

const { dir, remove } = scratch();
const ready = new ReadyChecklists(dir);
let healthy: string;

beforeAll(async () => {
  healthy = await ready.run("2s", ["--command", target]);
}, 120_000);
afterAll(remove, 60_000);

test("a slower release fails its ratio to the old one", async () => {
  // A p95 needs a hundred requests beyond it, in each run: half as many again are sent, beside whatever else runs here.
  const load = ["-e", "RATE=1300", "-e", "DURATION=2s", "-e", "VUS=100"];
  const pair = ["--command-a", target, "--command-b", `${target} --latency-scale 5`, "--sessions", "3"];
  const ab = await loadline(["ab", "api.js", ...load, ...pair, "--json"], dir);
  // The ratio is what counts here: beside other work its verdict may have to stay open.
  expect([111, 112], ab.stderr).toContain(ab.code);
  writeFileSync(join(dir, "ab.json"), ab.stdout);
  expectFailing(await ready.judged(["--run", healthy, "--ab", "ab.json"]), [
    ["at most 2× as slow", /^b \/ a of p\(95\) is [\d.]+, at most [\d.]+; wanted <= 2/],
  ]);
}, 120_000);

test("a service that is limited below its load fails its headroom", async () => {
  const limited = ["--command", `${target} --rate-limit 50`, "-e", "RATE=100", "-e", "DURATION=2s"];
  const steps = ["--step", "1s", "--warm-up", "0s", "--max-steps", "3", "--precision", "0.5"];
  const capacity = await loadline(["capacity", "api.js", ...limited, ...steps, "--json"], dir);
  expect(capacity.code, capacity.stderr).toBe(0);
  writeFileSync(join(dir, "capacity.json"), capacity.stdout);
  expectFailing(await ready.judged(["--run", healthy, "--capacity", "capacity.json"]), [
    [
      "at least 20% more than its load",
      /^[\d.]+\/s still met the thresholds, -[\d.]+ % over the scenario's 100\/s; wanted/,
    ],
  ]);
}, 120_000);
