import type { ConstantArrivalRate, RampingArrivalRate } from "../model/options.js";

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
  const integral = (ms: number): number => {
    let reached = 0;
    for (const s of segments) {
      if (ms <= s.startMs) break;
      const t = Math.min(ms - s.startMs, s.durationMs);
      reached = s.before + s.from * t + ((s.to - s.from) * t * t) / (2 * s.durationMs);
    }
    return reached;
  };
  const count = Math.floor(roundedDown(before));
  return {
    count,
    dueAt(n) {
      const wanted = n + 1;
      const s = segments.find((one) => one.before + ((one.from + one.to) / 2) * one.durationMs >= wanted - 1e-9);
      if (s === undefined) return startMs;
      // The root of from·t + slope·t²/2 = rest, in the form that does not cancel when the slope is small.
      const rest = wanted - s.before;
      const slope = (s.to - s.from) / s.durationMs;
      const t = (2 * rest) / (s.from + Math.sqrt(Math.max(0, s.from * s.from + 2 * slope * rest)));
      return s.startMs + Math.min(t, s.durationMs);
    },
    countBefore: (ms) => Math.min(count, Math.max(0, Math.ceil(roundedUp(integral(ms))) - 1)),
  };
}

// A product such as 60_000 × (1000 / 1000) must not become one arrival more or less by its last bit.
function roundedUp(value: number): number {
  return value - 1e-9 * Math.max(1, value);
}
function roundedDown(value: number): number {
  return value + 1e-9 * Math.max(1, value);
}
