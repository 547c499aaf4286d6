import type { ForeignSample } from "../import/imported.js";
import { constantArrivals, rampingArrivals } from "../load/arrivals.js";
import { isUnanswered } from "../measure/unanswered.js";
import type { Plan, ScenarioPlan } from "../model/options.js";
import type { EngineWindow, ResourceSample } from "../model/window.js";

/** What Go says where the machine under k6, not the target, is out of something. */
const ownFaults = /too many open files|cannot assign requested address|no buffer space available/;

/**
 * What one window of k6's samples says of k6 itself.
 *
 * Planned arrivals come from the plan's closed form; an iteration counts as started when k6 tells of its end. Stalls,
 * collections, lateness and the reason of a drop are in no sample: they stay 0 here, and a run names them as unknown.
 *
 * @param dueBefore arrivals that are due by a time since the load began
 * @param self the latest look at k6's process
 */
export function k6Window(
  samples: readonly ForeignSample[],
  { startMs, lengthMs }: { readonly startMs: number; readonly lengthMs: number },
  dueBefore: (ms: number) => number,
  before: Pick<EngineWindow, "vus" | "vusMax">,
  self: ResourceSample | undefined,
): EngineWindow {
  const window = {
    planned: dueBefore(startMs + lengthMs) - dueBefore(startMs),
    started: 0,
    dropped: 0,
    droppedByUs: 0,
    interrupted: 0,
    vus: before.vus,
    vusMax: before.vusMax,
    vusBusy: before.vus,
    longestStallMs: 0,
    gcMs: 0,
    cpuCores: self?.cpuCores ?? 0,
    rssBytes: self?.rssBytes ?? 0,
    ownSocketErrors: 0,
    unanswered: 0,
  };
  for (const { metric, value, tags } of samples) {
    switch (metric.name) {
      case "iterations":
        window.started += value;
        break;
      case "dropped_iterations":
        window.dropped += value;
        break;
      case "vus":
        window.vus = value;
        window.vusBusy = value;
        break;
      case "vus_max":
        window.vusMax = value;
        break;
      case "http_reqs":
        if (isUnanswered(tags)) window.unanswered += 1;
        if (tags.error !== undefined && ownFaults.test(tags.error)) window.ownSocketErrors += 1;
        break;
    }
  }
  return window;
}

/** Arrivals that the plan's open scenarios have due before a time since the load began; all of them at the end. */
export function arrivalsBefore(plan: Plan): (ms: number) => number {
  const open = plan.scenarios.flatMap((scenario) => {
    const arrivals = arrivalsOf(scenario);
    return arrivals === undefined ? [] : [{ arrivals, startTimeMs: scenario.startTimeMs }];
  });
  return (ms) => open.reduce((sum, { arrivals, startTimeMs }) => sum + arrivals.countBefore(ms - startTimeMs), 0);
}

function arrivalsOf(scenario: ScenarioPlan) {
  if (scenario.executor === "constant-arrival-rate") return constantArrivals(scenario);
  return scenario.executor === "ramping-arrival-rate" ? rampingArrivals(scenario) : undefined;
}
