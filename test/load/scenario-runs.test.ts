import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ArrivalRun } from "../../src/load/arrival-run.js";
import { ConstantVusRun, IterationsRun, RampingVusRun, vuSteps } from "../../src/load/closed-runs.js";
import { vusAtOnce } from "../../src/load/engine.js";
import type { EngineSink, ScenarioHost, ScenarioRun } from "../../src/load/scenario-run.js";
import { arrivalsOf } from "../../src/load/schedule.js";
import { type Share, wholeShare } from "../../src/load/share.js";
import { EngineVu, type VuHost } from "../../src/load/vu.js";
import type { ScenarioPlan } from "../../src/model/options.js";
import { makeFakeVu } from "../k6/fake-vu.js";

// Virtual time: fake timers move the clock that the runs read.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const common = { name: "s", startTimeMs: 0, gracefulStopMs: 30_000, exec: "default", env: {}, tags: {} };

/** A world in which an iteration takes what `serviceMs` says at its start. */
function world(serviceMs: () => number, share: Share = wholeShare) {
  const starts: number[] = [];
  const lowerBounds: number[] = [];
  const counted: Record<string, number> = {};
  const fake = makeFakeVu({});
  const sink = {
    ...fake.sink,
    define: fake.sink.define.bind(fake.sink),
    tagSet: (tags: Record<string, string>) => ({ tags }),
    add: (metric: { name: string }, value: number) => {
      counted[metric.name] = (counted[metric.name] ?? 0) + (metric.name === "iteration_duration" ? 1 : value);
    },
    addPlain: (metric: { name: string }, value: number) => {
      counted[metric.name] = (counted[metric.name] ?? 0) + value;
    },
    addResponseLowerBound: (ms: number) => lowerBounds.push(ms),
    warn: () => {},
  } as unknown as EngineSink;
  const clock = () => performance.now();
  const vuHost = {
    clock,
    sink,
    options: { tags: {}, systemTags: ["group", "scenario"], minIterationDurationMs: 0 },
    env: {},
    console,
    shared: new Map(),
  } as unknown as VuHost;
  let made = 0;
  const host: ScenarioHost = {
    clock,
    sink,
    share,
    runTags: {},
    runStartMs: () => 0,
    takeVu() {
      made += 1;
      const vu = new EngineVu(made, made, vuHost);
      vu.exports = {
        default: () => {
          starts.push(performance.now());
          return vu.sleep(serviceMs());
        },
      };
      return vu;
    },
    giveBack() {},
    setupData: () => undefined,
    onException() {},
    onIdle() {},
  };
  return { host, starts, lowerBounds, counted, made: () => made };
}

/** Drives an arrival run as the pacer would, to the millisecond. */
async function pace(run: ArrivalRun, plan: Extract<ScenarioPlan, { preAllocatedVUs: number }>, untilMs: number) {
  const arrivals = arrivalsOf(plan);
  run.begin();
  while (performance.now() < untilMs) {
    run.arrive(arrivals.countBefore(performance.now() + 1e-6));
    await vi.advanceTimersByTimeAsync(1);
  }
}

async function drive(run: ScenarioRun, ms: number): Promise<boolean> {
  let done = false;
  void run.done.then(() => {
    done = true;
  });
  run.begin();
  await vi.advanceTimersByTimeAsync(ms);
  return done;
}

const arrival = (over: object) =>
  ({
    ...common,
    executor: "constant-arrival-rate",
    rate: 100,
    timeUnitMs: 1000,
    durationMs: 1000,
    preAllocatedVUs: 10,
    maxVUs: 10,
    ...over,
  }) as Extract<ScenarioPlan, { executor: "constant-arrival-rate" }>;

test("arrivals come when they are due, whatever the target does", async () => {
  const { host, starts, counted } = world(() => 50);
  const plan = arrival({});
  const run = new ArrivalRun(plan, host);
  await pace(run, plan, 1100);
  expect(starts).toEqual(Array.from({ length: 100 }, (_, i) => i * 10));
  expect(run.dropped).toBe(0);
  expect(counted.iterations).toBe(100);
});

test("nothing starts once the scenario was ended, though something may be due", async () => {
  const { host, starts } = world(() => 1);
  const plan = arrival({});
  const run = new ArrivalRun(plan, host);
  await pace(run, plan, 500);
  run.drain(0);
  const before = starts.length;
  run.arriveBy(performance.now() + 100);
  run.arrive(100);
  expect(starts).toHaveLength(before);
});

test("an arrival without a free VU is dropped and counted, and enters response time as a lower bound", async () => {
  let stalled = true;
  const { host, starts, lowerBounds, counted } = world(() => (stalled ? 500 - performance.now() : 1));
  const plan = arrival({ preAllocatedVUs: 5, maxVUs: 5 });
  const run = new ArrivalRun(plan, host);
  setTimeout(() => {
    stalled = false;
  }, 499);
  await pace(run, plan, 1100);
  expect(starts.length + run.dropped).toBe(100);
  expect(run.dropped).toBe(45);
  expect(counted.dropped_iterations).toBe(45);
  // The first one dropped was due at 50 ms, and no VU was free before 500 ms.
  expect(Math.max(...lowerBounds)).toBeCloseTo(450, 0);
  expect(lowerBounds).toHaveLength(45);
});

test("VUs are added in the background up to maxVUs when arrivals find none", async () => {
  const { host, made } = world(() => 200);
  const plan = arrival({ preAllocatedVUs: 1, maxVUs: 8 });
  const run = new ArrivalRun(plan, host);
  await pace(run, plan, 1300);
  expect(made()).toBe(8);
  expect(run.dropped).toBeGreaterThan(0);
});

test("drops for which the engine came too late are its own fault", async () => {
  const { host } = world(() => 1000);
  const plan = arrival({ preAllocatedVUs: 1, maxVUs: 1 });
  const run = new ArrivalRun(plan, host);
  run.begin();
  await vi.advanceTimersByTimeAsync(300);
  run.arrive(30);
  // They may wait for a tenth of a second, in case that responses lie unread.
  await vi.advanceTimersByTimeAsync(99);
  run.arrive(30);
  expect(run.dropped).toBe(0);
  await vi.advanceTimersByTimeAsync(2);
  run.arrive(30);
  expect(run.dropped).toBe(29);
  expect(run.droppedByUs).toBeGreaterThanOrEqual(27);
});

test("after a stall of the engine, arrivals take the VUs that unread responses free", async () => {
  const { host, starts } = world(() => 2);
  const plan = arrival({ preAllocatedVUs: 5, maxVUs: 5 });
  const run = new ArrivalRun(plan, host);
  run.begin();
  await vi.advanceTimersByTimeAsync(300);
  run.arrive(30);
  expect(starts).toHaveLength(5);
  // Nobody calls it again: each VU that becomes free takes the next one.
  await vi.advanceTimersByTimeAsync(20);
  expect(starts).toHaveLength(32);
  expect(run.dropped).toBe(0);
});

test("an engine that is awake takes what is due without being woken, and says how far it is", async () => {
  const { host, starts } = world(() => 25);
  const plan = arrival({ preAllocatedVUs: 1, maxVUs: 1 });
  const run = new ArrivalRun(plan, host);
  const taken: number[] = [];
  run.onTaken = (count) => taken.push(count);
  run.begin();
  await vi.advanceTimersByTimeAsync(1);
  run.arrive(1);
  // The second and the third fell due at 10 and 20 ms, and nobody said so.
  await vi.advanceTimersByTimeAsync(30);
  expect(starts).toHaveLength(2);
  expect(taken).toEqual([1, 2]);
});

test("running iterations get gracefulStop, then they are cut and emit nothing", async () => {
  const { host, counted } = world(() => 5000);
  const plan = arrival({ rate: 1, durationMs: 1000, gracefulStopMs: 1000 });
  const run = new ArrivalRun(plan, host);
  await pace(run, plan, 1500);
  expect(run.busyCount).toBe(1);
  await vi.advanceTimersByTimeAsync(600);
  expect(run.busyCount).toBe(0);
  expect(run.interrupted).toBe(1);
  expect(counted.iterations).toBeUndefined();
});

test("constant VUs loop until the duration ends and the last iteration may finish", async () => {
  const { host, starts, counted } = world(() => 300);
  const run = new ConstantVusRun({ ...common, executor: "constant-vus", vus: 3, durationMs: 1000 }, host);
  expect(await drive(run, 3000)).toBe(true);
  expect(starts).toHaveLength(12);
  expect(counted.iterations).toBe(12);
});

test("per-VU iterations: each VU makes its number", async () => {
  const { host, starts } = world(() => 10);
  const plan = { ...common, executor: "per-vu-iterations" as const, vus: 4, iterations: 5, maxDurationMs: 10_000 };
  const run = new IterationsRun(plan, host);
  expect(await drive(run, 2000)).toBe(true);
  expect(starts).toHaveLength(20);
  expect(run.dropped).toBe(0);
});

test("shared iterations: VUs race for the work, and what is not begun in time counts as dropped", async () => {
  const { host, starts } = world(() => 100);
  const plan = { ...common, executor: "shared-iterations" as const, vus: 2, iterations: 50, maxDurationMs: 1000 };
  const run = new IterationsRun(plan, host);
  expect(await drive(run, 5000)).toBe(true);
  expect(starts.length + run.dropped).toBe(50);
  expect(starts.length).toBeGreaterThanOrEqual(19);
  expect(starts.length).toBeLessThanOrEqual(22);
});

test("ramping VUs follow the line, one VU at a time", () => {
  const stages = [
    { durationMs: 2000, target: 2 },
    { durationMs: 0, target: 5 },
    { durationMs: 1000, target: 3 },
  ];
  expect(vuSteps({ startVUs: 0, stages })).toEqual([
    { atMs: 0, vus: 0 },
    { atMs: 1000, vus: 1 },
    { atMs: 2000, vus: 2 },
    { atMs: 2000, vus: 5 },
    { atMs: 2500, vus: 4 },
    { atMs: 3000, vus: 3 },
  ]);
});

test("a VU that the ramp takes away may finish within gracefulRampDown, then it is cut", async () => {
  const { host, counted } = world(() => 10_000);
  const plan = {
    ...common,
    executor: "ramping-vus" as const,
    startVUs: 2,
    gracefulRampDownMs: 500,
    gracefulStopMs: 0,
    stages: [
      { durationMs: 1000, target: 2 },
      { durationMs: 0, target: 0 },
      { durationMs: 2000, target: 0 },
    ],
  };
  const run = new RampingVusRun(plan, host);
  const driving = drive(run, 1400);
  await driving;
  expect(run.busyCount).toBe(2);
  await vi.advanceTimersByTimeAsync(200);
  expect(run.busyCount).toBe(0);
  expect(run.interrupted).toBe(2);
  expect(counted.iterations).toBeUndefined();
});

test("a VU that the ramp wants back before its deadline finishes its iteration", async () => {
  const { host, counted } = world(() => 4000);
  const plan = {
    ...common,
    executor: "ramping-vus" as const,
    startVUs: 2,
    gracefulRampDownMs: 2500,
    gracefulStopMs: 10_000,
    stages: [
      { durationMs: 1000, target: 1 },
      { durationMs: 0, target: 2 },
      { durationMs: 4000, target: 2 },
    ],
  };
  const run = new RampingVusRun(plan, host);
  await drive(run, 4500);
  expect(run.interrupted).toBe(0);
  expect(counted.iterations).toBe(2);
});

test("scenarios that follow one another share their VUs", () => {
  const first = arrival({ name: "a", preAllocatedVUs: 10, durationMs: 1000, gracefulStopMs: 0 });
  const later = arrival({ name: "b", preAllocatedVUs: 7, startTimeMs: 1000, gracefulStopMs: 0 });
  expect(vusAtOnce([first, later])).toBe(10);
  expect(vusAtOnce([first, { ...later, startTimeMs: 500 }])).toBe(17);
});
