import { expect, test } from "vitest";
import { canonicalJson, optionsDigest, readEnvironment } from "../../src/baseline/fingerprint.js";
import type { K6Options, ScenarioPlan } from "../../src/model/options.js";
import { environmentSchema } from "../../src/model/run.js";

const scenario: ScenarioPlan = {
  name: "default",
  executor: "constant-arrival-rate",
  rate: 1000,
  timeUnitMs: 1000,
  durationMs: 60_000,
  preAllocatedVUs: 50,
  maxVUs: 200,
  startTimeMs: 0,
  gracefulStopMs: 30_000,
  exec: "default",
  env: {},
  tags: {},
};
const options: K6Options = {
  scenarios: { default: scenario },
  thresholds: {},
  tags: {},
  setupTimeoutMs: 60_000,
  teardownTimeoutMs: 60_000,
  handleSummaryTimeoutMs: 120_000,
  noSetup: false,
  noTeardown: false,
  maxRedirects: 10,
  userAgent: "loadline",
  batch: 20,
  batchPerHost: 6,
  insecureSkipTLSVerify: false,
  throw: false,
  discardResponseBodies: false,
  noConnectionReuse: false,
  noVUConnectionReuse: false,
  noCookiesReset: false,
  minIterationDurationMs: 0,
  hosts: {},
  summaryTrendStats: [],
  summaryTimeUnit: "",
  systemTags: [],
  loadline: {},
  raw: {},
};
const digest = optionsDigest(options);
const withScenario = (change: Partial<ScenarioPlan>): K6Options => ({
  ...options,
  // The change keeps the executor, so it is still a plan of that kind.
  scenarios: { default: { ...scenario, ...change } as ScenarioPlan },
});

test.each([
  [
    "thresholds",
    { ...options, thresholds: { checks: [{ threshold: "rate>0.9", abortOnFail: false, delayAbortEvalMs: 0 }] } },
  ],
  ["tags", { ...options, tags: { night: "1" } }],
  ["summary settings", { ...options, summaryTrendStats: ["avg"], summaryTimeUnit: "s" as const }],
  ["our own settings", { ...options, loadline: { margin: 0.1 } }],
  ["a scenario's tags and grace", withScenario({ tags: { a: "b" }, gracefulStopMs: 0 })],
])("%s do not decide the load", (_name, changed) => {
  expect(optionsDigest(changed)).toBe(digest);
});

test.each([
  ["the rate", withScenario({ rate: 1001 } as Partial<ScenarioPlan>)],
  ["the duration", withScenario({ durationMs: 61_000 } as Partial<ScenarioPlan>)],
  ["the VUs", withScenario({ maxVUs: 201 } as Partial<ScenarioPlan>)],
  ["the function", withScenario({ exec: "other" })],
  ["discarded bodies", { ...options, discardResponseBodies: true }],
  ["connection reuse", { ...options, noConnectionReuse: true }],
  ["hosts", { ...options, hosts: { "api.test": "127.0.0.1" } }],
])("%s decide the load", (_name, changed) => {
  expect(optionsDigest(changed)).not.toBe(digest);
});

test("the order of keys does not matter, the order of scenarios neither", () => {
  expect(canonicalJson({ b: 1, a: [{ d: 1, c: 2 }] })).toBe('{"a":[{"c":2,"d":1}],"b":1}');
  const other = { ...scenario, name: "other" };
  const ab = optionsDigest({ ...options, scenarios: { default: scenario, other } });
  expect(optionsDigest({ ...options, scenarios: { other, default: scenario } })).toBe(ab);
});

test("this machine has a fingerprint, and the same one twice", () => {
  expect(environmentSchema.parse(readEnvironment())).toEqual(readEnvironment());
  expect(readEnvironment().cores).toBeGreaterThan(0);
});
