import type { ConstantArrivalRate, RampingArrivalRate } from "../model/options.js";
import { rampCurve } from "./arrival-curve.js";

/** When arrivals fall due: a pure function of their number, so the schedule cannot drift. */
export interface Arrivals {
  readonly count: number;
  /**
   * @param n arrival index, from 0 to count - 1
   * @returns milliseconds since the scenario began
   */
  dueAt(n: number): number;
  /** How many arrivals are due before the given time. */
  countBefore(ms: number): number;
}

/** One arrival each period, the first at once; none at or after the end. */
export function constantArrivals(scenario: Pick<ConstantArrivalRate, "rate" | "timeUnitMs" | "durationMs">): Arrivals {
  const { rate, timeUnitMs, durationMs } = scenario;
  // Multiply before dividing: i × period would carry the rounding of the period into every arrival.
  const countBefore = (ms: number): number =>
    Math.max(0, Math.ceil(roundedUp((Math.min(ms, durationMs) * rate) / timeUnitMs)));
  return { count: countBefore(durationMs), dueAt: (n) => (n * timeUnitMs) / rate, countBefore };
}

/** Arrival n (from 1) is due when the integral of the ramp reaches n; fractions carry across stages. */
export function rampingArrivals(scenario: Pick<RampingArrivalRate, "startRate" | "timeUnitMs" | "stages">): Arrivals {
  const curve = rampCurve(scenario);
  const count = Math.floor(roundedDown(curve.total));
  return {
    count,
    dueAt: (n) => curve.timeOf(n + 1),
    countBefore(ms) {
      // The last one may be due at the very end, after which the curve rises no more.
      if (count === 0 || curve.timeOf(count) < ms) return count;
      return Math.min(count, Math.max(0, Math.ceil(roundedUp(curve.expectedBefore(ms))) - 1));
    },
  };
}

// A product such as 60_000 × (1000 / 1000) must not become one arrival more or less by its last bit.
function roundedUp(value: number): number {
  return value - 1e-9 * Math.max(1, value);
}
function roundedDown(value: number): number {
  return value + 1e-9 * Math.max(1, value);
}
