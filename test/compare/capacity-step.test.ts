import { expect, test } from "vitest";
import { judgeStep } from "../../src/compare/capacity-step.js";
import type { LoadFigures, RunManifest, ThresholdResult, Validity } from "../../src/model/run.js";
import { Histogram } from "../../src/stats/histogram.js";

function manifest(parts: {
  load?: Partial<LoadFigures>;
  thresholds?: ThresholdResult[];
  validity?: Validity;
}): RunManifest {
  return {
    load: { plannedArrivals: 10_000, dropped: 0, droppedByUs: 0, achievedRate: 1000, ...parts.load },
    thresholds: parts.thresholds ?? [],
    validity: parts.validity ?? { state: "valid", reasons: [] },
    resources: [],
    summary: { metrics: { http_req_failed: { values: { rate: 0.02 } } } },
  } as unknown as RunManifest;
}

const crossed: ThresholdResult = {
  metric: "http_req_response_time",
  expression: "p(95)<50",
  ok: false,
  observed: 61.234_56,
  limit: 50,
  abortOnFail: false,
};
const times = new Histogram();
for (let ms = 1; ms <= 100; ms += 1) times.record(ms * 1000);

test("a step that meets everything holds, with its figures in milliseconds", () => {
  const step = judgeStep(manifest({}), times);
  expect(step).toMatchObject({ outcome: "holds", reasons: [], errorRatio: 0.02, targetCpuCores: null });
  expect(step.p50Ms).toBeCloseTo(50.5, 0);
  expect(step.p99Ms).toBeCloseTo(99, 0);
});

test("a crossed threshold fails it, and says by how much", () => {
  const step = judgeStep(manifest({ thresholds: [crossed] }), times);
  expect(step.outcome).toBe("fails");
  expect(step.reasons).toEqual(["http_req_response_time p(95)<50: it was 61.23."]);
});

test.each([
  [10, "holds"],
  [11, "fails"],
  [201, "overloaded"],
] as const)("%d of 10,000 arrivals dropped by the target: %s", (dropped, outcome) => {
  expect(judgeStep(manifest({ load: { dropped } }), times).outcome).toBe(outcome);
});

test("what the generator dropped or missed is not charged to the target", () => {
  expect(judgeStep(manifest({ load: { dropped: 500, droppedByUs: 500 } }), times).outcome).toBe("holds");
  const late = { state: "invalid" as const, reasons: [{ code: "generator-late", text: "Too little CPU." }] };
  const step = judgeStep(manifest({ validity: late, thresholds: [crossed], load: { dropped: 900 } }), times);
  expect(step).toMatchObject({ outcome: "unmeasured", reasons: ["Too little CPU."] });
});

test("a target that answers nothing is overloaded, not unmeasured", () => {
  const gone = { state: "invalid" as const, reasons: [{ code: "target-not-reached", text: "" }] };
  expect(judgeStep(manifest({ validity: gone }), undefined)).toMatchObject({ outcome: "overloaded", p95Ms: null });
});
