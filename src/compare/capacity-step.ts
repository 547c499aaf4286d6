import type { StepOutcome } from "../model/capacity.js";
import type { HistogramData } from "../model/histogram.js";
import type { RunManifest } from "../model/run.js";
import { quantile } from "../stats/histogram.js";
import { generatorFailed } from "./validity.js";

/** Dropped arrivals beyond the first share refuse a rate; beyond the second the target is plainly overloaded. */
export const droppedLimits = { fails: 0.001, overloaded: 0.02 } as const;

export interface StepFigures {
  readonly outcome: StepOutcome;
  readonly reasons: readonly string[];
  readonly achievedRate: number;
  readonly droppedRatio: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly errorRatio: number;
  readonly targetCpuCores: number | null;
}

/**
 * What one step's run says about its rate.
 *
 * @param responseTime microseconds, whole run; undefined where nothing was measured
 */
export function judgeStep(manifest: RunManifest, responseTime: HistogramData | undefined): StepFigures {
  const { load, thresholds, validity, summary, resources } = manifest;
  const droppedByTarget = load === undefined ? 0 : load.dropped - load.droppedByUs;
  const droppedRatio = load === undefined ? 0 : droppedByTarget / Math.max(1, load.plannedArrivals);
  const at = (q: number): number | null =>
    responseTime === undefined || responseTime.count === 0 ? null : quantile(responseTime, q) / 1000;
  return {
    ...verdict(),
    achievedRate: load?.achievedRate ?? 0,
    droppedRatio,
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    errorRatio: summary?.metrics.http_req_failed?.values.rate ?? 0,
    targetCpuCores: resources[0]?.cpuCores?.p50 ?? null,
  };

  function verdict(): { outcome: StepOutcome; reasons: string[] } {
    const unreached = validity.reasons.some(({ code }) => code === "target-not-reached");
    if (unreached) return { outcome: "overloaded", reasons: ["No request got an answer."] };
    // What the generator itself missed must not be charged to the target.
    if (generatorFailed(validity)) {
      return { outcome: "unmeasured", reasons: validity.reasons.map(({ text }) => text) };
    }
    const reasons = thresholds
      .filter(({ ok }) => !ok)
      .map(({ metric, expression, observed }) => {
        const found = observed === null ? "nothing was measured" : `it was ${Number(observed.toPrecision(4))}`;
        return `${metric} ${expression}: ${found}.`;
      });
    if (droppedRatio > droppedLimits.fails) {
      const percent = Number((droppedRatio * 100).toFixed(2));
      reasons.push(`${percent} % of arrivals found every VU waiting for the target.`);
    }
    if (reasons.length === 0) return { outcome: "holds", reasons };
    return { outcome: droppedRatio > droppedLimits.overloaded ? "overloaded" : "fails", reasons };
  }
}
