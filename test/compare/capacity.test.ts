import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concludeCapacity, kneeOf, nextStep, type SearchPlan } from "../../src/compare/capacity.js";
import type { CapacityResult, CapacityStep, StepOutcome } from "../../src/model/capacity.js";
import { capacitySentences } from "../../src/report/capacity-words.js";

const plan: SearchPlan = { upperBound: 1000, startRate: 10, maxRate: 100_000, precision: 0.05, maxSteps: 30 };

function step(rate: number, outcome: StepOutcome, p95Ms = 10): CapacityStep {
  return {
    rate,
    outcome,
    reasons: [],
    achievedRate: rate,
    droppedRatio: 0,
    p50Ms: p95Ms / 2,
    p95Ms,
    p99Ms: p95Ms * 2,
    errorRatio: 0,
    targetCpuCores: null,
    run: "",
  };
}

/** Drives the search against a target until it ends. */
function search(target: (rate: number, tries: number) => StepOutcome, given: Partial<SearchPlan> = {}) {
  const steps: CapacityStep[] = [];
  for (;;) {
    const next = nextStep(steps, { ...plan, ...given });
    if ("end" in next) return { steps, end: next.end, ...concludeCapacity(steps, next.end, null) };
    const tries = steps.filter(({ rate }) => rate === next.rate).length;
    steps.push(step(next.rate, target(next.rate, tries)));
    if (steps.length > 200) throw new Error("the search does not end");
  }
}

test("whatever the target holds, with or without an upper bound, the search brackets it to the precision", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50_000 }),
      fc.option(fc.integer({ min: 1, max: 80_000 }), { nil: undefined }),
      fc.integer({ min: 1, max: 5000 }),
      fc.constantFrom<StepOutcome>("fails", "overloaded", "unmeasured"),
      (holdsUpTo, upperBound, startRate, refusal) => {
        const found = search((rate) => (rate <= holdsUpTo ? "holds" : refusal), {
          upperBound,
          startRate,
          maxSteps: 150,
        });
        expect(found.capacity).toBeLessThanOrEqual(holdsUpTo);
        expect(found.refused).toBeGreaterThan(holdsUpTo);
        expect(found.refused! - found.capacity!).toBeLessThanOrEqual(Math.max(1, 0.05 * found.refused!));
        expect(found.end).toBe(refusal === "unmeasured" ? "generator" : "target");
      },
    ),
  );
});

test("twenty steps are enough for any target within a hundredfold of its upper bound", () => {
  for (const holdsUpTo of [100, 333, 480, 501, 699, 840, 990, 1200, 2000]) {
    expect(search((rate) => (rate <= holdsUpTo ? "holds" : "overloaded"), { maxSteps: 20 }).end).toBe("target");
  }
});

describe("a failure", () => {
  test("by bad luck is tried once more and forgotten when the second try holds", () => {
    const found = search((rate, tries) => (rate === 500 && tries === 0 ? "fails" : rate <= 800 ? "holds" : "fails"));
    expect(found.capacity).toBeGreaterThan(740);
    expect(found.steps.filter(({ rate }) => rate === 500).map(({ outcome }) => outcome)).toEqual(["fails", "holds"]);
  });

  test("needs no second try when the target was plainly overloaded", () => {
    const found = search((rate) => (rate <= 300 ? "holds" : "overloaded"));
    const rates = found.steps.map(({ rate }) => rate);
    expect(new Set(rates).size).toBe(rates.length);
  });
});

test("a target that holds nothing ends the search at one a second, with no capacity", () => {
  const found = search(() => "overloaded");
  expect(found).toMatchObject({ end: "target", capacity: null, refused: 1 });
});

test("the highest rate allowed is tried and never passed", () => {
  const found = search(() => "holds", { maxRate: 1234 });
  expect(found).toMatchObject({ end: "max-rate", capacity: 1234, refused: null });
  expect(Math.max(...found.steps.map(({ rate }) => rate))).toBe(1234);
});

test("the steps run out with what was found so far", () => {
  const found = search((rate) => (rate <= 800 ? "holds" : "fails"), { maxSteps: 3 });
  expect(found).toMatchObject({ end: "steps", capacity: 500, refused: null });
});

test("headroom is capacity over the scenario's own rate, and unknown without one", () => {
  const steps = [step(100, "holds"), step(200, "holds"), step(300, "overloaded")];
  expect(concludeCapacity(steps, "target", 80).headroom).toBe(2.5);
  expect(concludeCapacity(steps, "target", null).headroom).toBeNull();
  expect(concludeCapacity([], "stopped", 80)).toEqual({
    capacity: null,
    refused: null,
    refusedBy: null,
    limitedBy: "stopped",
    knee: null,
    headroom: null,
  });
});

describe("the knee", () => {
  test("of an M/M/1 queue is at half of its capacity, where throughput over response time is highest", () => {
    const steps = [100, 200, 300, 400, 500, 600, 700, 800, 900].map((rate) =>
      step(rate, "holds", 1000 / (1000 - rate)),
    );
    expect(kneeOf(steps)).toBe(500);
  });

  test("is not made up from two rates, from unmeasured ones, or without latencies", () => {
    expect(kneeOf([step(1, "holds"), step(2, "holds"), step(3, "unmeasured")])).toBeNull();
    expect(kneeOf([1, 2, 3].map((rate) => ({ ...step(rate, "holds"), p95Ms: null })))).toBeNull();
  });
});

test("where the generator failed, no sentence blames the target, however the search ended", () => {
  const steps = [step(10, "holds"), step(20, "unmeasured"), step(20, "unmeasured")];
  for (const end of ["generator", "steps", "stopped"] as const) {
    const finding = concludeCapacity(steps, end, 40);
    expect(finding).toMatchObject({ capacity: 10, refused: 20, refusedBy: "generator" });
    const said = capacitySentences({ ...finding, saturation: null } as CapacityResult).join(" ");
    expect(said).toContain("10/s holds, 20/s could not be measured.");
    expect(said).toContain("The generator failed there, not the target");
  }
});
