import { describe, expect, test } from "vitest";
import { workerCount, workerWarnings } from "../../src/load/worker-count.js";
import { makePlan } from "../../src/script/plan.js";

const plan = (scenario: object, workers: number | "auto" | undefined, more: object = {}) =>
  makePlan({
    exported: { scenarios: { s: scenario }, ext: { loadline: { workers } }, ...more },
    exportNames: ["default"],
    config: {},
    env: {},
    flags: {},
  });
const rate = (perSecond: number, preAllocatedVUs = 1000) => ({
  executor: "constant-arrival-rate",
  rate: perSecond,
  duration: "10s",
  preAllocatedVUs,
});

describe("the number of workers", () => {
  test.each([
    ["one unless asked", rate(90_000), undefined, 8, 1],
    ["as many as are asked for", rate(10), 5, 2, 5],
    ["auto: one for a small rate", rate(1000), "auto", 8, 1],
    ["auto: what the rate asks for", rate(35_000), "auto", 8, 4],
    ["auto: one core is left", rate(90_000), "auto", 4, 3],
    ["auto: at least one", rate(90_000), "auto", 1, 1],
    ["auto: none without a VU", rate(90_000, 2), "auto", 8, 2],
    ["auto: closed VUs", { executor: "constant-vus", vus: 250, duration: "10s" }, "auto", 8, 3],
    [
      "auto: the height of a ramp",
      { executor: "ramping-arrival-rate", preAllocatedVUs: 99, stages: [{ duration: "1s", target: 25_000 }] },
      "auto",
      8,
      3,
    ],
  ] as const)("%s", (_, scenario, workers, cores, expected) => {
    expect(workerCount(plan(scenario, workers), cores)).toBe(expected);
  });

  test("auto looks at this machine's segment only", () => {
    const segment = { executionSegment: "0:1/2", executionSegmentSequence: "0,1/2,1" };
    expect(workerCount(plan(rate(40_000), "auto", segment), 8)).toBe(2);
  });

  test("is doubted where workers begin without a VU, or leave no core", () => {
    expect(workerWarnings(plan(rate(100, 50), 2), 2, 8)).toEqual([]);
    expect(workerWarnings(plan({ ...rate(100, 1), maxVUs: 50 }, 4), 4, 8)[0]).toContain("preAllocatedVUs to 4");
    expect(workerWarnings(plan(rate(100, 50), 8), 8, 8)[0]).toContain("8 workers on 8 cores");
    expect(workerWarnings(plan(rate(100, 1), 1), 1, 1)).toEqual([]);
  });
});
