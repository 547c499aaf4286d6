import { expect, test } from "vitest";
import { generatorFailed, judgeValidity, type ValidityInput } from "../../src/compare/validity.js";
import type { LoadFigures } from "../../src/model/run.js";
import { Histogram } from "../../src/stats/histogram.js";

const load: LoadFigures = {
  openModel: true,
  durationMs: 10_000,
  plannedArrivals: 10_000,
  started: 10_000,
  dropped: 0,
  droppedByUs: 0,
  interrupted: 0,
  plannedRate: 1000,
  achievedRate: 1000,
  latenessMs: { p50: 0.05, p95: 0.1, p99: 0.2, p999: 1, max: 3 },
  longestStallMs: 2,
  gcMs: 10,
  harnessCpuCores: 0.2,
  harnessRssMaxBytes: 1e8,
  ownSocketErrors: 0,
  unanswered: 0,
};

function judge(figures: Partial<LoadFigures>, over: Partial<ValidityInput> = {}) {
  return judgeValidity({
    load: { ...load, ...figures },
    lateness: latenessOf(0),
    iterations: 10_000,
    requests: 10_000,
    interruptedRun: false,
    ...over,
  });
}

/** 10,000 iterations, of which so many began 20 ms late. */
function latenessOf(late: number) {
  const histogram = new Histogram();
  histogram.record(50, 10_000 - late);
  if (late > 0) histogram.record(20_000, late);
  return histogram;
}

const codes = (validity: ReturnType<typeof judge>) => validity.reasons.map((reason) => reason.code);

test("a run that did what it planned is valid", () => {
  expect(judge({})).toEqual({ state: "valid", reasons: [] });
});

test("late arrivals degrade above 1 % and invalidate above 10 %, and the text says how many", () => {
  expect(judge({}, { lateness: latenessOf(90) }).state).toBe("valid");
  const degraded = judge({}, { lateness: latenessOf(130) });
  expect(degraded.state).toBe("degraded");
  expect(degraded.reasons[0]!.text).toContain("1.3 % of arrivals began over 5 ms late");
  const invalid = judge({}, { lateness: latenessOf(2000) });
  expect(invalid.state).toBe("invalid");
  expect(generatorFailed(invalid)).toBe(true);
});

test("arrivals dropped because the target was slow are a result, not a fault", () => {
  expect(judge({ started: 6000, dropped: 4000 }).state).toBe("valid");
});

test("arrivals dropped because the generator came late are its fault", () => {
  const validity = judge({ started: 6000, dropped: 4000, droppedByUs: 3900 });
  expect(validity.state).toBe("invalid");
  expect(codes(validity)).toContain("generator-missed");
});

test("a stall of the event loop, and a want of sockets, are named", () => {
  expect(codes(judge({ longestStallMs: 900 }))).toEqual(["generator-stalled"]);
  expect(judge({ ownSocketErrors: 5 }).state).toBe("degraded");
  expect(judge({ ownSocketErrors: 500 }).state).toBe("invalid");
});

test("a target that never answered makes the run invalid", () => {
  const validity = judge({ unanswered: 10_000 });
  expect(codes(validity)).toEqual(["target-not-reached"]);
  expect(generatorFailed(validity)).toBe(true);
});

test("few samples are no ground for a verdict, but no fault of the generator either", () => {
  const validity = judge({ plannedArrivals: 5, started: 5 }, { iterations: 5, requests: 5 });
  expect(codes(validity)).toEqual(["too-few-samples"]);
  expect(generatorFailed(validity)).toBe(false);
});
