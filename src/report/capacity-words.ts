import type { CapacityResult, CapacityStep, StepOutcome } from "../model/capacity.js";
import { formatMs } from "../model/units.js";
import { formatNumber, formatPercent } from "./format.js";

export const capacityTableHeaders = ["rate", "p50", "p95", "p99", "failed", "dropped", "target CPU", "result"] as const;

export const outcomeWords: Readonly<Record<StepOutcome, string>> = {
  holds: "holds",
  fails: "fails",
  overloaded: "overloaded",
  unmeasured: "not measured",
};

/** The curve as words: a row a step, by rate. */
export function capacityRows(result: CapacityResult): readonly (readonly string[])[] {
  return [...result.steps].sort((a, b) => a.rate - b.rate).map(capacityRow);
}

/** One step's figures, in the order of {@link capacityTableHeaders}. */
export function capacityRow(step: CapacityStep): readonly string[] {
  const time = (ms: number | null): string => (ms === null ? "–" : formatMs(ms));
  return [
    `${formatNumber(step.rate)}/s`,
    time(step.p50Ms),
    time(step.p95Ms),
    time(step.p99Ms),
    formatPercent(step.errorRatio),
    formatPercent(step.droppedRatio),
    step.targetCpuCores === null ? "–" : `${Number(step.targetCpuCores.toFixed(2))} cores`,
    outcomeWords[step.outcome],
  ];
}

/** What a search has found, in sentences. */
export function capacitySentences(result: CapacityResult): readonly string[] {
  const { capacity, refused, refusedBy, limitedBy, knee, headroom, ownRate, saturation } = result;
  const rate = (value: number): string => `${formatNumber(value)}/s`;
  const main =
    capacity === null
      ? limitedBy === "stopped"
        ? "The search was stopped before a rate held."
        : "No rate held."
      : `${rate(capacity)} holds${refused === null ? "" : `, ${rate(refused)} ${refusedBy === "generator" ? "could not be measured" : "does not"}`}.`;
  const limit = {
    target: undefined,
    generator:
      "Beyond that the generator failed, not the target: the target may hold more than this machine can drive.",
    "max-rate": "No higher rate was tried (--max-rate): the target may hold more.",
    steps: "The steps were used up (--max-steps): the figure is no closer than its neighbours.",
    stopped: "The search was stopped: the target may hold more.",
  }[limitedBy];
  return [
    main,
    ...(refusedBy === "generator"
      ? [
          "The generator failed there, not the target, which may hold more than this machine can drive: loadline doctor.",
        ]
      : []),
    ...(limit === undefined || capacity === null ? [] : [limit]),
    ...(headroom === null || ownRate === null
      ? []
      : [`That is ${Number(headroom.toFixed(2))} × the scenario's own ${rate(ownRate)}.`]),
    ...(knee === null ? [] : [`The knee is at ${rate(knee)}: beyond it latency grows faster than throughput.`]),
    ...(saturation === null
      ? []
      : [
          `A closed loop of ${saturation.connections} connections reached ${rate(Math.round(saturation.requestsPerSecond))}, which no open model is served.`,
        ]),
  ];
}
