import { expect, test } from "vitest";
import { warmUpPlan } from "../../src/load/warm-up.js";
import type { Plan, ScenarioPlan } from "../../src/model/options.js";

const common = { startTimeMs: 5000, gracefulStopMs: 1000, exec: "default", env: {}, tags: {} };
const open = { ...common, timeUnitMs: 1000, preAllocatedVUs: 10, maxVUs: 20 };

function warmed(...scenarios: ScenarioPlan[]) {
  return warmUpPlan({ scenarios, options: {}, warnings: [] } as unknown as Plan, 3000).scenarios;
}

test("a fixed rate warms up at its rate, from the start", () => {
  const [plan] = warmed({ ...open, name: "a", executor: "constant-arrival-rate", rate: 100, durationMs: 60_000 });
  expect(plan).toMatchObject({ executor: "constant-arrival-rate", rate: 100, durationMs: 3000, startTimeMs: 0 });
});

test("a ramp warms up at the higher end of its first stage", () => {
  const stages = [{ durationMs: 1000, target: 50 }];
  const [rate, vus] = warmed(
    { ...open, name: "a", executor: "ramping-arrival-rate", startRate: 10, stages },
    { ...common, name: "b", executor: "ramping-vus", startVUs: 70, stages, gracefulRampDownMs: 0 },
  );
  expect(rate).toMatchObject({ executor: "constant-arrival-rate", rate: 50, durationMs: 3000 });
  expect(vus).toMatchObject({ executor: "constant-vus", vus: 70, durationMs: 3000 });
});

test("a number of iterations is left out: warming up would make more of them", () => {
  const plan = {
    ...common,
    name: "a",
    executor: "shared-iterations" as const,
    vus: 1,
    iterations: 3,
    maxDurationMs: 1,
  };
  expect(warmed(plan)).toEqual([]);
});
