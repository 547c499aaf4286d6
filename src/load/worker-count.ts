import type { Plan, ScenarioPlan } from "../model/options.js";
import { vusAtOnce } from "./engine.js";
import { type Share, shareOf, undivided } from "./share.js";

/** A third of what one engine reaches with a script of one request: scripts do more, and headroom keeps arrivals on time. */
const arrivalsAWorker = 10_000;
/** Closed executors name no rate; this many VUs that ask as fast as they are answered keep one engine busy. */
const closedVusAWorker = 100;

/**
 * How many engines a plan is to be driven by.
 *
 * "auto" takes what the rate asks for, leaves one core to the target's watcher and the system, and gives no engine less than one VU.
 */
export function workerCount(plan: Plan, cores: number): number {
  const { workers = 1 } = plan.options.loadline;
  if (workers !== "auto") return workers;
  const share = shareOf({ ofTest: plan.segment ?? undivided, ofInstance: undivided });
  const asked = plan.scenarios.reduce((sum, scenario) => sum + workersAskedBy(scenario, share), 0);
  return Math.max(1, Math.min(cores - 1, Math.ceil(asked), vusAtOnce(plan.scenarios, share)));
}

/** Doubts about a number of workers, in words. */
export function workerWarnings(plan: Plan, workers: number, cores: number): string[] {
  if (workers === 1) return [];
  const share = shareOf({ ofTest: plan.segment ?? undivided, ofInstance: undivided });
  const warnings = plan.scenarios.flatMap((scenario) => {
    if (!("preAllocatedVUs" in scenario)) return [];
    const ready = share.countOf(scenario.preAllocatedVUs);
    if (ready >= Math.min(workers, share.countOf(scenario.maxVUs))) return [];
    return [
      `Scenario ${scenario.name}: ${ready} of preAllocatedVUs for ${workers} workers. A worker without one drops its first arrivals: ` +
        `raise preAllocatedVUs to ${workers} or more.`,
    ];
  });
  if (workers < cores) return warnings;
  return [
    ...warnings,
    `${workers} workers on ${cores} cores leave none to the rest of this machine: they delay one another. See the lateness, or give fewer.`,
  ];
}

function workersAskedBy(scenario: ScenarioPlan, share: Share): number {
  // A rate a second, in thousandths: shares are of whole numbers.
  const ofRate = (rate: number, timeUnitMs: number): number =>
    share.countOf(Math.round((rate * 1_000_000) / timeUnitMs)) / 1000 / arrivalsAWorker;
  switch (scenario.executor) {
    case "constant-arrival-rate":
      return ofRate(scenario.rate, scenario.timeUnitMs);
    case "ramping-arrival-rate":
      return ofRate(Math.max(scenario.startRate, ...scenario.stages.map((stage) => stage.target)), scenario.timeUnitMs);
    case "ramping-vus":
      return (
        share.countOf(Math.max(scenario.startVUs, ...scenario.stages.map((stage) => stage.target))) / closedVusAWorker
      );
    default:
      return share.countOf(scenario.vus) / closedVusAWorker;
  }
}
