import type { Saturation } from "../model/capacity.js";
import type { Plan, ScenarioPlan } from "../model/options.js";
import { Problem } from "../model/problem.js";

/** Iterations that a step should have at least, or its percentiles rest on nothing. */
const fewestArrivals = 120;
const longestStepMs = 120_000;
/** An overloaded target is not waited for longer than this after a step. */
const gracefulStop = "5s";

/**
 * The arrivals a second that a script's open-model scenarios ask for together at their highest.
 *
 * @returns null where it has none: a closed model has no rate of its own
 */
export function ownRateOf(plan: Plan): number | null {
  const rates = plan.scenarios.map(rateOf).filter((rate) => rate > 0);
  return rates.length === 0 ? null : rates.reduce((sum, rate) => sum + rate, 0);
}

export interface StepLoad {
  readonly rate: number;
  readonly stepMs: number;
  /** Of all scenarios together. */
  readonly preAllocatedVUs: number;
  readonly maxVUs: number;
}

/**
 * The scenarios of a script at another rate, in k6's raw shape: each keeps its function, environment, tags and its
 * share of the load, and all of them become open models that start together.
 */
export function scenariosAtRate(plan: Plan, load: StepLoad): Record<string, unknown> {
  const own = ownRateOf(plan);
  const weights = plan.scenarios.map((scenario) => ({
    scenario,
    weight: own === null ? vusOf(scenario) : rateOf(scenario),
  }));
  const driven = weights.filter(({ weight }) => weight > 0);
  const total = driven.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) {
    throw new Problem("capacity.no-load", "The script's scenarios start nothing.", {
      at: "options.scenarios",
      hint: "Give at least one of them a rate, or a number of virtual users, above 0.",
    });
  }
  const durationMs = Math.min(longestStepMs, Math.max(load.stepMs, (fewestArrivals / load.rate) * 1000));
  return Object.fromEntries(
    driven.map(({ scenario: { name, exec, env, tags }, weight }) => {
      const share = weight / total;
      return [
        name,
        {
          executor: "constant-arrival-rate",
          rate: Math.max(1, Math.round(load.rate * share)),
          timeUnit: "1s",
          duration: `${Math.round(durationMs)}ms`,
          preAllocatedVUs: Math.max(1, Math.round(load.preAllocatedVUs * share)),
          maxVUs: Math.max(1, Math.round(load.preAllocatedVUs * share), Math.round(load.maxVUs * share)),
          gracefulStop,
          exec,
          env,
          tags,
        },
      ];
    }),
  );
}

/** Where a search begins that no closed loop has told the upper bound of: a tenth of what the script asks for. */
export function startRateOf(ownRate: number | null, saturation: Saturation | null): number {
  return Math.max(1, Math.round((saturation?.requestsPerSecond ?? ownRate ?? 100) / 10));
}

function rateOf(scenario: ScenarioPlan): number {
  switch (scenario.executor) {
    case "constant-arrival-rate":
      return (scenario.rate * 1000) / scenario.timeUnitMs;
    case "ramping-arrival-rate": {
      const peak = Math.max(scenario.startRate, ...scenario.stages.map(({ target }) => target));
      return (peak * 1000) / scenario.timeUnitMs;
    }
    case "constant-vus":
    case "ramping-vus":
    case "per-vu-iterations":
    case "shared-iterations":
      return 0;
  }
}

function vusOf(scenario: ScenarioPlan): number {
  switch (scenario.executor) {
    case "constant-vus":
    case "per-vu-iterations":
    case "shared-iterations":
      return scenario.vus;
    case "ramping-vus":
      return Math.max(scenario.startVUs, ...scenario.stages.map(({ target }) => target));
    case "constant-arrival-rate":
    case "ramping-arrival-rate":
      return 0;
  }
}
