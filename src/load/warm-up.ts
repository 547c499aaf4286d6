import type { Plan, ScenarioPlan } from "../model/options.js";

/**
 * The plan of a warm-up: each scenario's load at its beginning, held for the given time.
 *
 * Connections open, compilers and caches settle, and nothing of it is measured. Scenarios with a number of iterations
 * are left out: a script that asks for three iterations must make three.
 */
export function warmUpPlan(plan: Plan, durationMs: number): Plan {
  const scenarios = plan.scenarios.flatMap((scenario) => warmUpOf(scenario, durationMs));
  return { ...plan, scenarios, durationMs, maxDurationMs: durationMs };
}

function warmUpOf(scenario: ScenarioPlan, durationMs: number): ScenarioPlan[] {
  const held = { ...scenario, startTimeMs: 0 };
  switch (held.executor) {
    case "constant-arrival-rate":
    case "constant-vus":
      return [{ ...held, durationMs }];
    case "ramping-arrival-rate": {
      const { startRate, stages, ...common } = held;
      const rate = Math.max(startRate, stages[0]?.target ?? 0);
      return rate === 0 ? [] : [{ ...common, executor: "constant-arrival-rate", rate, durationMs }];
    }
    case "ramping-vus": {
      const { startVUs, stages, gracefulRampDownMs: _, ...common } = held;
      const vus = Math.max(startVUs, stages[0]?.target ?? 0);
      return vus === 0 ? [] : [{ ...common, executor: "constant-vus", vus, durationMs }];
    }
    case "per-vu-iterations":
    case "shared-iterations":
      return [];
  }
}

/** The flag's warm-up over the script's, in what is acted on and in what is recorded. */
export function withWarmUp(made: Plan, flagMs: number | undefined): Plan {
  if (flagMs === undefined) return made;
  const { loadline, raw } = made.options;
  const ext = (raw.ext ?? {}) as { readonly loadline?: object };
  return {
    ...made,
    options: {
      ...made.options,
      loadline: { ...loadline, warmUpMs: flagMs },
      raw: { ...raw, ext: { ...ext, loadline: { ...ext.loadline, warmUp: flagMs } } },
    },
  };
}
