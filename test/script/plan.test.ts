import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Problem } from "../../src/model/problem.js";
import { k6EnvLayer } from "../../src/script/env-layer.js";
import { makePlan, type PlanInput } from "../../src/script/plan.js";

const names = ["default", "checkout", "setup"];

function plan(exported: unknown, layers: Partial<PlanInput> = {}) {
  return makePlan({ exported, exportNames: names, config: {}, env: {}, flags: {}, ...layers });
}

/** Code, place, found, expected and hint on a line each, as golden text. */
function fault(exported: unknown, layers: Partial<PlanInput> = {}): string {
  try {
    plan(exported, layers);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    expect(error.exitCode).toBe(104);
    return [error.code, error.message, error.at, String(error.found), error.expected, error.hint].join("\n");
  }
  throw new Error("no problem was found");
}

const open = { executor: "constant-arrival-rate", rate: 50, duration: "30s", preAllocatedVUs: 10 };
const one = (scenario: object) => ({ scenarios: { checkout: scenario } });
const common = { startTimeMs: 0, gracefulStopMs: 30_000, exec: "default", env: {}, tags: {} };

describe("what is driven", () => {
  const shared = { ...common, name: "default", executor: "shared-iterations", maxDurationMs: 600_000 };
  const once = { ...shared, executor: "per-vu-iterations", vus: 1, iterations: 1 };
  test.each([
    ["nothing is one iteration of one VU", {}, once],
    ["vus alone says nothing", { vus: 7 }, once],
    ["iterations are shared", { vus: 2, iterations: 10 }, { ...shared, vus: 2, iterations: 10 }],
    [
      "iterations with a duration end by then",
      { iterations: 10, duration: "1m" },
      { ...shared, vus: 1, iterations: 10, maxDurationMs: 60_000 },
    ],
    [
      "a duration keeps VUs busy",
      { vus: "3", duration: 1500 },
      { ...common, name: "default", executor: "constant-vus", vus: 3, durationMs: 1500 },
    ],
    [
      "stages ramp VUs, from vus",
      {
        vus: 5,
        stages: [
          { duration: "10s", target: 20 },
          { duration: 0, target: "0" },
        ],
      },
      {
        ...common,
        name: "default",
        executor: "ramping-vus",
        startVUs: 5,
        stages: [
          { durationMs: 10_000, target: 20 },
          { durationMs: 0, target: 0 },
        ],
        gracefulRampDownMs: 30_000,
      },
    ],
    [
      "a constant rate with its defaults",
      one(open),
      {
        ...common,
        name: "checkout",
        executor: "constant-arrival-rate",
        rate: 50,
        timeUnitMs: 1000,
        durationMs: 30_000,
        preAllocatedVUs: 10,
        maxVUs: 10,
      },
    ],
    [
      "a ramping rate with everything set",
      one({
        executor: "ramping-arrival-rate",
        startRate: 5,
        timeUnit: "1m",
        stages: [{ duration: "1h30m", target: 100 }],
        preAllocatedVUs: 1,
        maxVUs: "4",
        exec: "checkout",
        startTime: "5s",
        gracefulStop: "0s",
        env: { N: 1 },
        tags: { team: "a", gold: true },
      }),
      {
        name: "checkout",
        startTimeMs: 5000,
        gracefulStopMs: 0,
        exec: "checkout",
        env: { N: "1" },
        tags: { team: "a", gold: "true" },
        executor: "ramping-arrival-rate",
        startRate: 5,
        timeUnitMs: 60_000,
        stages: [{ durationMs: 5_400_000, target: 100 }],
        preAllocatedVUs: 1,
        maxVUs: 4,
      },
    ],
    [
      "iterations of each VU",
      one({ executor: "per-vu-iterations", vus: 3, maxDuration: "2m" }),
      { ...common, name: "checkout", executor: "per-vu-iterations", vus: 3, iterations: 1, maxDurationMs: 120_000 },
    ],
  ])("%s", (_name, exported, expected) => {
    expect(plan(exported).scenarios).toEqual([expected]);
  });

  test("the run lasts as long as its latest scenario", () => {
    const made = plan({
      scenarios: { a: { ...open, startTime: "10s" }, b: { ...open, duration: "35s", gracefulStop: "1m" } },
    });
    expect([made.durationMs, made.maxDurationMs]).toEqual([40_000, 95_000]);
  });
});

describe("layers", () => {
  test("a higher layer wins, value by value, and every value knows its origin", () => {
    const made = plan(
      { vus: 10, duration: "1m", batch: 5, tags: { a: "1" } },
      {
        config: { vus: 1, maxRedirects: 3, batch: 1 },
        env: { vus: "20", userAgent: "ci" },
        flags: { userAgent: "me" },
      },
    );
    expect(made.scenarios[0]).toMatchObject({ executor: "constant-vus", vus: 20, durationMs: 60_000 });
    expect(made.options).toMatchObject({ batch: 5, maxRedirects: 3, userAgent: "me", batchPerHost: 6 });
    expect(made.origins).toMatchObject({
      "scenarios.default.vus": "env",
      "scenarios.default.duration": "script",
      "scenarios.default.gracefulStop": "default",
      batch: "script",
      maxRedirects: "config",
      userAgent: "flag",
      batchPerHost: "default",
    });
    expect(made.warnings).toEqual([]);
  });

  test("a duration on the command line replaces the script's iterations, and keeps its vus", () => {
    const made = plan({ vus: 4, iterations: 100 }, { flags: { duration: "5s" } });
    expect(made.scenarios[0]).toMatchObject({ executor: "constant-vus", vus: 4, durationMs: 5000 });
  });

  test("a shortcut in a higher layer replaces the scenarios, with a warning", () => {
    const made = plan(one(open), { flags: { vus: 2, duration: "5s" } });
    expect(made.scenarios).toMatchObject([{ name: "default", executor: "constant-vus" }]);
    expect(made.warnings).toEqual(["vus, duration (command line) replaces the scenarios (script): none of them runs."]);
  });

  test("a script's scenarios replace the shortcuts of a config file", () => {
    const made = plan(one(open), { config: { vus: 3, duration: "9s" } });
    expect(made.scenarios).toMatchObject([{ name: "checkout" }]);
    expect(made.origins).toMatchObject({
      "scenarios.checkout.rate": "script",
      "scenarios.checkout.maxVUs": "default",
    });
  });

  test("null is as good as absent", () => {
    expect(plan({ vus: null, duration: null, thresholds: null, scenarios: {} }).scenarios).toHaveLength(1);
    expect(plan(null).scenarios).toHaveLength(1);
  });

  test("the environment is read under k6's names, and an empty variable sets nothing", () => {
    const layer = k6EnvLayer({
      K6_VUS: "4",
      K6_STAGES: "10s:5, 1m:20",
      K6_NO_SETUP: "true",
      K6_SUMMARY_TREND_STATS: "avg,p(99)",
      K6_DURATION: "",
      PATH: "/bin",
    });
    const made = plan({}, { env: layer });
    expect(layer).not.toHaveProperty("duration");
    expect(made.scenarios[0]).toMatchObject({
      startVUs: 4,
      stages: [
        { durationMs: 10_000, target: 5 },
        { durationMs: 60_000, target: 20 },
      ],
    });
    expect(made.options).toMatchObject({ noSetup: true, summaryTrendStats: ["avg", "p(99)"] });
    expect(() => k6EnvLayer({ K6_STAGES: "10s-5" })).toThrow(Problem);
  });

  test("our settings of a config file and of a script are merged", () => {
    const ext = (loadline: object) => ({ ext: { loadline } });
    const made = plan(ext({ margin: 0.1 }), { config: ext({ margin: 0.2, gate: ["iteration_duration p(50)"] }) });
    expect(made.options.loadline).toEqual({ margin: 0.1, gate: ["iteration_duration p(50)"] });
  });
});

describe("consolidated options", () => {
  test("exec.test.options shows k6's keys with all defaults, and makes the same plan again", () => {
    const exported = { ...one({ ...open, duration: "1234ms" }), thresholds: { checks: ["rate>0.9"] } };
    const first = plan(exported);
    expect(first.options.raw).toMatchObject({
      scenarios: {
        checkout: { executor: "constant-arrival-rate", duration: "1234ms", gracefulStop: "30s", maxVUs: 10 },
      },
      setupTimeout: 60_000,
      batch: 20,
    });
    expect(plan(first.options.raw).scenarios).toEqual(first.scenarios);
  });

  test("any duration survives the way through the consolidated options", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 400_000_000 }), (ms) => {
        const raw = plan({ duration: ms }).options.raw;
        const { vus: _vus, duration: _duration, ...scenarios } = raw as Record<string, unknown>;
        expect(plan(scenarios).durationMs).toBe(ms);
      }),
      { numRuns: 200 },
    );
  });

  test("thresholds take both forms", () => {
    const { thresholds } = plan({
      thresholds: {
        http_req_duration: ["p(95)<200", { threshold: "avg<100", abortOnFail: true, delayAbortEval: "10s" }],
      },
    }).options;
    expect(thresholds.http_req_duration).toEqual([
      { threshold: "p(95)<200", abortOnFail: false, delayAbortEvalMs: 0 },
      { threshold: "avg<100", abortOnFail: true, delayAbortEvalMs: 10_000 },
    ]);
  });

  test("an option that changes nothing, and one that nobody knows, get a warning each", () => {
    expect(plan({ paused: true, setupTimout: "1s", tresholds: {}, banana: 1 }).warnings).toEqual([
      "options.paused is accepted, but changes nothing in this version.",
      'options.setupTimout is no option that is known here, and is ignored. Did you mean "setupTimeout"?',
      'options.tresholds is no option that is known here, and is ignored. Did you mean "thresholds"?',
      "options.banana is no option that is known here, and is ignored.",
    ]);
  });

  test("a rate of 0 throughout gets a warning", () => {
    const idle = { executor: "ramping-arrival-rate", preAllocatedVUs: 1, stages: [{ duration: "1s", target: 0 }] };
    expect(plan(one(idle)).warnings).toEqual(["options.scenarios.checkout starts nothing: its rate is 0 throughout."]);
  });
});

test.each<[string, unknown, Partial<PlanInput>?]>([
  ["rate 0", one({ ...open, rate: 0 })],
  ["a fraction as rate", one({ ...open, rate: 0.5 })],
  ["no preAllocatedVUs", one({ ...open, preAllocatedVUs: undefined })],
  ["maxVUs below preAllocatedVUs", one({ ...open, maxVUs: 5 })],
  ["a typo in a scenario", one({ ...open, preallocatedVU: 3 })],
  ["another executor's key", one({ ...open, startVUs: 3 })],
  ["a typo in the executor", one({ ...open, executor: "constant-arival-rate" })],
  ["no executor", one({ rate: 1 })],
  ["the executor that was removed", one({ executor: "externally-controlled" })],
  ["a function that is not exported", one({ ...open, exec: "chekout" })],
  ["no default function", {}, { exportNames: ["setup"] }],
  ["a bad name of a scenario", { scenarios: { "check out": open } }],
  ["a bad duration", one({ ...open, duration: "30 sec" })],
  ["a duration in seconds by mistake", one({ ...open, duration: 30 })],
  ["a negative duration", one({ ...open, startTime: -1 })],
  ["more VUs than iterations", one({ executor: "shared-iterations", vus: 10, iterations: 5 })],
  ["the same by shortcut", { vus: 10, iterations: 5 }],
  ["no stages", { stages: [] }],
  ["a typo in a stage", { stages: [{ duration: "1s", traget: 1 }] }],
  ["stages that never have a VU", { vus: 0, stages: [{ duration: "1s", target: 0 }] }],
  ["stages and duration", { stages: [{ duration: "1s", target: 1 }], duration: "1s" }],
  ["a shortcut beside scenarios", { ...one(open), vus: 3 }],
  ["vus below 1", {}, { flags: { vus: 0 } }],
  ["options that are no object", 5],
  ["a threshold that is no list", { thresholds: { checks: "rate>0.9" } }],
  ["a typo in a threshold", { thresholds: { checks: [{ threshold: "rate>0.9", abortOnfail: true }] } }],
  ["a boolean in quotes", { throw: "yes" }],
  ["an unknown statistic", { summaryTrendStats: ["avg", "p95"] }],
  ["an unknown unit", { summaryTimeUnit: "m" }],
  ["an unknown system tag", { systemTags: ["statsu"] }],
  ["a typo in our own settings", { ext: { loadline: { margn: 1 } } }],
  ["a margin in percent", { ext: { loadline: { margin: 5 } } }],
])("%s is refused with place and remedy", (_name, exported, layers = {}) => {
  expect(fault(exported, layers)).toMatchSnapshot();
});

test("names that differ in capitals only are read, as in k6, and said", () => {
  const { options, scenarios, warnings } = makePlan({
    exported: {
      Throw: true,
      scenarios: { checkout: { executor: "ramping-vus", startvus: 3, stages: [{ duration: "1s", target: 1 }] } },
    },
    exportNames: ["default"],
    config: {},
    env: {},
    flags: {},
  });
  expect(options.throw).toBe(true);
  expect(scenarios[0]).toMatchObject({ startVUs: 3 });
  expect(warnings).toEqual([
    "options.Throw is read as throw.",
    "options.scenarios.checkout.startvus is read as startVUs.",
  ]);
});
