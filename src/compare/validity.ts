import type { HistogramData } from "../model/histogram.js";
import type { LoadFigures, Validity } from "../model/run.js";
import { countAbove } from "../stats/histogram.js";
import { countWords } from "./words.js";

/** Limits beyond which a measurement is doubted (`degraded`) or refused (`invalid`); docs/method.md explains each. */
export const validityLimits = {
  /** An iteration that begins later than this after its due time counts as late. */
  lateMs: 5,
  lateDegradedRatio: 0.01,
  lateInvalidRatio: 0.1,
  /** Planned arrivals that the generator itself did not bring about, as a ratio. */
  missedDegradedRatio: 0.0005,
  missedInvalidRatio: 0.01,
  stallDegradedMs: 500,
  /** Fewer samples than this say nothing about a percentile. */
  fewSamples: 100,
} as const;

export interface ValidityInput {
  readonly load: LoadFigures;
  /** `iteration_lateness`, microseconds; undefined for closed models. */
  readonly lateness: HistogramData | undefined;
  readonly iterations: number;
  readonly requests: number;
  readonly interruptedRun: boolean;
  /** How an engine of the run came to its end before its time, in words. */
  readonly engineDied?: string | undefined;
}

/** Whether a run may be judged: what the generator did wrong, never what the target did. */
export function judgeValidity(input: ValidityInput): Validity {
  const { load } = input;
  const limits = validityLimits;
  const invalid: Validity["reasons"] = [];
  const degraded: Validity["reasons"] = [];
  const grade = (ratio: number, lowest: number, invalidFrom: number, code: string, text: string): void => {
    if (ratio > invalidFrom) invalid.push({ code, text });
    else if (ratio > lowest) degraded.push({ code, text });
  };

  if (input.engineDied !== undefined) invalid.push({ code: "engine-died", text: input.engineDied });
  if (load.openModel && load.plannedArrivals > 0) {
    const late = input.lateness === undefined ? 0 : countAbove(input.lateness, limits.lateMs * 1000);
    const lateRatio = late / Math.max(1, load.started);
    grade(
      lateRatio,
      limits.lateDegradedRatio,
      limits.lateInvalidRatio,
      "generator-late",
      `${percent(lateRatio)} of arrivals began over ${limits.lateMs} ms late: the generator had too little CPU.`,
    );
    // Arrivals that found every VU waiting for the target are the target's doing and are not counted here.
    const byTarget = load.dropped - load.droppedByUs;
    const missed = Math.max(0, load.plannedArrivals - load.started - byTarget);
    const missedRatio = missed / load.plannedArrivals;
    if (!input.interruptedRun) {
      grade(
        missedRatio,
        limits.missedDegradedRatio,
        limits.missedInvalidRatio,
        "generator-missed",
        `The generator missed ${missed.toLocaleString("en")} of ${load.plannedArrivals.toLocaleString("en")} planned arrivals (${percent(missedRatio)}).`,
      );
    }
  }
  if (load.openModel && load.latenessMs === undefined && load.plannedArrivals > 0) {
    const drops = load.dropped > 0 ? `, nor why ${countWords(load.dropped, "arrival")} found no free VU` : "";
    degraded.push({
      code: "lateness-unknown",
      text: `Whether iterations began when they were due is not known${drops}: the engine that ran them does not say.`,
    });
  }
  if (load.longestStallMs !== undefined && load.longestStallMs > limits.stallDegradedMs) {
    degraded.push({
      code: "generator-stalled",
      text: `The generator's event loop stood still for ${Math.round(load.longestStallMs)} ms.`,
    });
  }
  if (load.ownSocketErrors > 0) {
    grade(
      load.ownSocketErrors / Math.max(1, input.requests),
      0,
      0.001,
      "own-sockets",
      `${countWords(load.ownSocketErrors, "request")} failed because this machine had no sockets, ports or file descriptors left.`,
    );
  }
  if (input.requests > 0 && load.unanswered >= input.requests) {
    invalid.push({ code: "target-not-reached", text: "No request got a connection: the target was never reached." });
  }
  if (Math.max(input.iterations, input.requests) < limits.fewSamples) {
    const samples = Math.max(input.iterations, input.requests);
    invalid.push({
      code: "too-few-samples",
      text: `Only ${countWords(samples, "sample")}: fewer than ${limits.fewSamples} say nothing about a percentile.`,
    });
  }
  if (input.interruptedRun) degraded.push({ code: "interrupted", text: "The run ended before its plan did." });
  const state = invalid.length > 0 ? "invalid" : degraded.length > 0 ? "degraded" : "valid";
  return { state, reasons: [...invalid, ...degraded] };
}

/** Whether the generator or the connection failed, rather than the run being short by intent. */
export function generatorFailed(validity: Validity): boolean {
  return validity.state === "invalid" && validity.reasons.some((reason) => invalidatingFaults.has(reason.code));
}

const invalidatingFaults = new Set([
  "engine-died",
  "generator-late",
  "generator-missed",
  "own-sockets",
  "target-not-reached",
]);

function percent(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(2))} %`;
}
