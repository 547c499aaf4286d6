import type { ConstantArrivalRate, RampingArrivalRate, ScenarioPlan } from "../model/options.js";
import { namedSeed } from "../stats/random.js";
import { curveOf } from "./arrival-curve.js";
import { type Arrivals, constantArrivals, rampingArrivals } from "./arrivals.js";
import { poissonArrivals } from "./poisson-arrivals.js";
import { type Share, wholeShare } from "./share.js";

/** Sent to the pacer thread, which rebuilds the schedule for itself: functions do not cross threads. */
export type PacedScenario = ConstantArrivalRate | RampingArrivalRate;

/** The scenarios of a plan that a pacer drives, in the plan's order. */
export function pacedOf(scenarios: readonly ScenarioPlan[]): PacedScenario[] {
  return scenarios.filter(
    (plan) => plan.executor === "constant-arrival-rate" || plan.executor === "ramping-arrival-rate",
  );
}

/** The schedule of an open-model scenario; of a part of it, where the engine has a part only. */
export function arrivalsOf(scenario: PacedScenario, share: Share = wholeShare): Arrivals {
  const all = wholeSchedule(scenario);
  if (share === wholeShare) return all;
  const ours = share.among(scenario.maxVUs);
  return {
    count: ours.countOf(all.count),
    dueAt: (n) => all.dueAt(ours.inTest(n)),
    countBefore: (ms) => ours.countOf(all.countBefore(ms)),
  };
}

function wholeSchedule(scenario: PacedScenario): Arrivals {
  const { poissonSeed } = scenario;
  // Two scenarios of the same rate must not arrive in step.
  if (poissonSeed !== undefined) return poissonArrivals(curveOf(scenario), namedSeed(poissonSeed, scenario.name));
  return scenario.executor === "constant-arrival-rate" ? constantArrivals(scenario) : rampingArrivals(scenario);
}
