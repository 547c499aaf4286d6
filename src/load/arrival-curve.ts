import type { ConstantArrivalRate, RampingArrivalRate } from "../model/options.js";

/** How many arrivals a scenario expects over time, a number with fractions that never falls. */
export interface ArrivalCurve {
  readonly total: number;
  /** Expected before the given time, from 0 to `total`. */
  expectedBefore(ms: number): number;
  /** When as many are expected. */
  timeOf(expected: number): number;
}

/** The curve of a constant rate, or the integral of a ramp. */
export function curveOf(scenario: ConstantArrivalRate | RampingArrivalRate): ArrivalCurve {
  if (scenario.executor === "ramping-arrival-rate") return rampCurve(scenario);
  const { rate, timeUnitMs, durationMs } = scenario;
  return {
    total: (durationMs * rate) / timeUnitMs,
    expectedBefore: (ms) => (Math.min(Math.max(ms, 0), durationMs) * rate) / timeUnitMs,
    timeOf: (expected) => (expected * timeUnitMs) / rate,
  };
}

/** The integral of a ramp's rate. */
export function rampCurve(scenario: Pick<RampingArrivalRate, "startRate" | "timeUnitMs" | "stages">): ArrivalCurve {
  const segments: { startMs: number; durationMs: number; before: number; from: number; to: number }[] = [];
  let startMs = 0;
  let before = 0;
  let from = scenario.startRate / scenario.timeUnitMs;
  for (const stage of scenario.stages) {
    const to = stage.target / scenario.timeUnitMs;
    if (stage.durationMs > 0) {
      segments.push({ startMs, durationMs: stage.durationMs, before, from, to });
      before += ((from + to) / 2) * stage.durationMs;
      startMs += stage.durationMs;
    }
    from = to;
  }
  return {
    total: before,
    expectedBefore(ms) {
      let reached = 0;
      for (const s of segments) {
        if (ms <= s.startMs) break;
        const t = Math.min(ms - s.startMs, s.durationMs);
        reached = s.before + s.from * t + ((s.to - s.from) * t * t) / (2 * s.durationMs);
      }
      return reached;
    },
    timeOf(wanted) {
      const s = segments.find((one) => one.before + ((one.from + one.to) / 2) * one.durationMs >= wanted - 1e-9);
      if (s === undefined) return startMs;
      // The root of from·t + slope·t²/2 = rest, in the form that does not cancel when the slope is small.
      const rest = wanted - s.before;
      if (rest <= 0) return s.startMs;
      const slope = (s.to - s.from) / s.durationMs;
      const t = (2 * rest) / (s.from + Math.sqrt(Math.max(0, s.from * s.from + 2 * slope * rest)));
      return s.startMs + Math.min(t, s.durationMs);
    },
  };
}
