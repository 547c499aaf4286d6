import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exitCodes } from "../../src/model/problem.js";
import type { CounterWindow } from "../../src/model/run.js";
import { loadline, manifestOf, type Outcome, runFolder, scratch, scripts } from "./loadline.js";

/** Of what was due: the claim. */
const tolerance = 0.01;
/**
 * A machine that others use may hand a thread the CPU so late, and then all that waited comes at once. Three processes
 * (this one with its server, the engine, the pacer's thread) share as few as two cores: some turns of the scheduler.
 * It only excuses what is late; what comes before it is due, or too often, is never excused.
 */
const lateMs = 30;
/** At the start 75 VUs get ready and fifteen connect in one moment: whoever loops from then on may begin this late. */
const beginLateMs = 100;
/** A window's line may be cut this late and still be filed under the whole second. */
const windowLateMs = 50;
/** As the script sleeps between two requests. */
const restMs = 275;

interface Asked {
  readonly atMs: number;
  readonly vu: string;
}

const asked = new Map<string, Asked[]>();
const folder = scratch();
const server = createServer((request, response) => {
  const [, scenario = "", vu = ""] = (request.url ?? "").split("/");
  const list = asked.get(scenario) ?? [];
  asked.set(scenario, list);
  list.push({ atMs: performance.now(), vu });
  response.end("ok");
});
let url = "";
/** Of an iteration, by scenario. */
const averageMs = new Map<string, number>();
let windows: readonly CounterWindow[] = [];
let startMs = 0;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // So that the server's first answers are not those of code that was never run.
  for (let n = 0; n < 200; n += 1) await (await fetch(`${url}/before/${n}`)).text();
  const words = ["run", join(scripts, "executors.js"), "-e", `BASE_URL=${url}`, "-q", "--no-history"];
  const { outcome, recorded } = await undisturbed(words);
  expect(outcome.code, outcome.stdout + outcome.stderr).toBe(exitCodes.ok);
  const { metrics } = manifestOf(recorded).summary!;
  for (const scenario of ["constant-vus", "ramping-vus"]) {
    averageMs.set(scenario, metrics[`iteration_duration{scenario:${scenario}}`]!.values.avg!);
  }
  const lines = readFileSync(join(recorded, "counters.ndjson"), "utf8").trim().split("\n");
  windows = lines.map((line) => JSON.parse(line) as CounterWindow);
  // All scenarios begin at once: at the start that makes no arrival early.
  startMs = Math.min(...of("constant-arrival-rate").map(({ atMs }, n) => atMs - 10 * n));
}, 60_000);
afterAll(() => {
  server.close();
  folder.remove();
});

/**
 * A run in which nobody took the CPU away for longer than is allowed for; after three it is judged as it is.
 *
 * Retries of single tests would judge the same run again.
 */
async function undisturbed(words: readonly string[]): Promise<{ outcome: Outcome; recorded: string }> {
  for (let attempt = 1; ; attempt += 1) {
    asked.clear();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const outcome = await loadline(words, folder.dir);
    delay.disable();
    expect([exitCodes.ok, exitCodes.inconclusive], outcome.stderr).toContain(outcome.code);
    const recorded = runFolder(folder.dir, "executors");
    const isQuiet = delay.max / 1e6 < lateMs && manifestOf(recorded).validity.state === "valid";
    if (isQuiet || attempt === 3) return { outcome, recorded };
  }
}

const of = (scenario: string): Asked[] => asked.get(scenario) ?? [];
const near = (expected: number) => Math.max(1, tolerance * expected);
const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0);

/** The times of a scenario's requests by VU, since the start; who came first comes first. */
function byVu(scenario: string): number[][] {
  const times = new Map<string, number[]>();
  for (const { atMs, vu } of of(scenario)) times.set(vu, [...(times.get(vu) ?? []), atMs - startMs]);
  return [...times.values()];
}

/** When arrival n, from 0, is due, in milliseconds; the inverse of what k6's documentation says of the rate. */
const dueTimes: Readonly<Record<string, { readonly count: number; dueAt(n: number): number }>> = {
  "constant-arrival-rate": { count: 550, dueAt: (n) => n * 10 },
  "ramping-arrival-rate": {
    // 20/s to 120/s in 3 s: 210; 1.5 s of 120: 180; 120/s to 0 in a second: 60.
    count: 450,
    dueAt(n) {
      const k = n + 1;
      if (k <= 210) return (1000 * (-20 + Math.sqrt(400 + 4 * (100 / 6) * k))) / (2 * (100 / 6));
      if (k <= 390) return 3000 + (1000 * (k - 210)) / 120;
      return 4500 + 1000 * (1 - Math.sqrt(Math.max(0, 1 - (k - 390) / 60)));
    },
  },
};

describe.each(Object.entries(dueTimes))("%s", (scenario, { count, dueAt }) => {
  test("makes as many iterations as the curve says", () => {
    expect(Math.abs(of(scenario).length - count)).toBeLessThanOrEqual(near(count));
  });

  test("has made as many at each half second as the curve says", () => {
    const stamps = of(scenario).map(({ atMs }) => atMs - startMs);
    const due = Array.from({ length: count }, (_, n) => dueAt(n));
    for (let halfMs = 500; halfMs <= 5500; halfMs += 500) {
      const arrived = stamps.filter((atMs) => atMs < halfMs).length;
      const most = due.filter((ms) => ms < halfMs).length;
      const least = due.filter((ms) => ms < halfMs - lateMs).length;
      expect(arrived, `after ${halfMs} ms`).toBeLessThanOrEqual(most + near(most));
      expect(arrived, `after ${halfMs} ms`).toBeGreaterThanOrEqual(least - near(least));
    }
  });
});

/** When the VU of a slot, from 1, of the ramp comes and goes: 6 in 1.8 s, and down again from 2.1 s in 3 s. */
const ramp = Array.from({ length: 6 }, (_, i) => ({ fromMs: 300 * (i + 1), toMs: 2100 + 500 * (6 - i) }));

describe.each([
  ["constant-vus", Array<number>(4).fill(5400)],
  ["ramping-vus", ramp.map(({ fromMs, toMs }) => toMs - fromMs)],
])("%s", (scenario, activeMs) => {
  test("makes an iteration in the time of its sleep", () => {
    expect(averageMs.get(scenario)).toBeGreaterThanOrEqual(restMs - 1);
    expect(averageMs.get(scenario)).toBeLessThanOrEqual(restMs * (1 + tolerance) + lateMs);
  });

  test("begins as many iterations as fit into the time of its VUs", () => {
    // The last iteration of each begins before its end. Of the sleep alone: 80, and 3 + 6 + 9 + 12 + 15 + 18.
    const fitting = (iterationMs: number) => sum(activeMs.map((ms) => Math.ceil(ms / iterationMs)));
    expect(of(scenario).length).toBeLessThanOrEqual(fitting(restMs) + Math.floor(tolerance * fitting(restMs)));
    // What the machine withheld lies in the durations, and makes fewer iterations fit.
    const expected = fitting(Math.max(restMs, averageMs.get(scenario)!));
    expect(Math.abs(of(scenario).length - expected)).toBeLessThanOrEqual(near(expected));
    expect(byVu(scenario)).toHaveLength(activeMs.length);
  });
});

test("ramping-vus: each VU comes and goes when the line crosses it", () => {
  for (const [i, times] of byVu("ramping-vus").entries()) {
    const { fromMs, toMs } = ramp[i]!;
    expect(times[0]!, `first of slot ${i + 1}`).toBeGreaterThan(fromMs * (1 - tolerance));
    expect(times[0]!, `first of slot ${i + 1}`).toBeLessThan(fromMs * (1 + tolerance) + lateMs);
    // Whoever is to loop until then begins no iteration after it, and one within a rest before it.
    expect(times.at(-1)!, `last of slot ${i + 1}`).toBeLessThan(toMs * (1 + tolerance) + lateMs);
    expect(times.at(-1)!, `last of slot ${i + 1}`).toBeGreaterThan(toMs - restMs - tolerance * toMs - lateMs);
  }
});

/** All scenarios' VUs, from their start to their end; a VU that is to go first ends its iteration. */
const spans = [
  // Those that wait for arrivals.
  ...Array.from({ length: 60 }, () => ({ fromMs: 0, toMs: 5500 })),
  ...Array.from({ length: 4 }, () => ({ fromMs: 0, toMs: 5400 })),
  ...ramp,
  // 9 iterations each, and 50 among 6: eight rounds and a rest.
  ...Array.from({ length: 5 + 6 }, () => ({ fromMs: 0, toMs: 9 * restMs })),
];

const vusAt = (ms: number) => spans.filter(({ fromMs, toMs }) => fromMs <= ms && ms < toMs).length;

test("the run folder has the VUs of each second as the closed form has them", () => {
  // No step is near: what follows allows for a late timer, and leaves a run on time no choice.
  expect([1000, 2000, 3000, 4000, 5000].map(vusAt)).toEqual([78, 81, 69, 67, 65]);
  const over = (fromMs: number, toMs: number) => Array.from({ length: toMs - fromMs + 1 }, (_, i) => vusAt(fromMs + i));
  const ends = windows.map(({ startMs, lengthMs }) => Math.round(startMs + lengthMs));
  // A late timer makes a longer window, of which this may be one.
  expect(ends.filter((ms) => ms <= 5000).length).toBeGreaterThanOrEqual(4);
  for (const [i, { engine }] of windows.entries()) {
    const endMs = ends[i]!;
    // Beyond 5 s the scenarios end one after another.
    if (endMs > 5000 + windowLateMs) continue;
    const least = Math.min(...over(endMs - lateMs, endMs + windowLateMs));
    const most = Math.max(...over(endMs - lateMs - restMs, endMs + windowLateMs));
    expect(engine.vus, `at ${endMs} ms`).toBeGreaterThanOrEqual(least * (1 - tolerance));
    expect(engine.vus, `at ${endMs} ms`).toBeLessThanOrEqual(most * (1 + tolerance));
  }
});

test("per-vu-iterations: each VU makes its number, one rest after the other", () => {
  const vus = byVu("per-vu-iterations");
  expect(vus.map((times) => times.length)).toEqual([9, 9, 9, 9, 9]);
  for (const times of vus) expect(times[0]).toBeLessThan(beginLateMs);
  // A busy machine holds up some of the forty; the middle one only a whole program does. A timer's grain, and a request.
  const gaps = vus.flatMap((times) => times.slice(1).map((atMs, n) => atMs - times[n]!)).sort((a, b) => a - b);
  expect(gaps[20]!).toBeGreaterThan(restMs * (1 - tolerance));
  expect(gaps[20]!).toBeLessThan(restMs * (1 + tolerance) + 2);
});

test("shared-iterations: all of the work, once, by all VUs", () => {
  expect(of("shared-iterations")).toHaveLength(50);
  // Two VUs have nine, as 50 is 6 times 8 and 2.
  expect(
    byVu("shared-iterations")
      .map((times) => times.length)
      .sort(),
  ).toEqual([8, 8, 8, 8, 9, 9]);
  const lastMs = Math.max(...byVu("shared-iterations").flat());
  expect(lastMs).toBeGreaterThan(8 * restMs * (1 - tolerance));
  expect(lastMs).toBeLessThan(8 * restMs * (1 + tolerance) + beginLateMs);
});

test("externally-controlled, which k6 has given up, is refused by name and makes no request", async () => {
  const before = sum([...asked.values()].map((list) => list.length));
  const scenarios = { outside: { executor: "externally-controlled", vus: 1, maxVUs: 2, duration: "1s" } };
  writeFileSync(
    join(folder.dir, "outside.js"),
    `import http from "k6/http"; export const options = ${JSON.stringify({ scenarios })}; export default () => http.get(__ENV.BASE_URL);`,
  );
  const { code, stderr } = await loadline(["run", "outside.js", "-e", `BASE_URL=${url}`, "--no-history"], folder.dir);
  expect(code).toBe(104);
  expect(stderr).toContain("options.scenarios.outside.executor");
  expect(stderr).toContain("ramping-vus");
  expect(sum([...asked.values()].map((list) => list.length))).toBe(before);
});
