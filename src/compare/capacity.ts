import type { CapacityFinding, CapacityLimit, CapacityStep } from "../model/capacity.js";

/** How a search goes about it. Rates in whole arrivals a second. */
export interface SearchPlan {
  /** What a closed loop reached; undefined where nothing was saturated: then rates double from `startRate`. */
  readonly upperBound: number | undefined;
  readonly startRate: number;
  readonly maxRate: number;
  /** Ends where the highest rate that held and the lowest that did not are closer than this share of the latter. */
  readonly precision: number;
  readonly maxSteps: number;
}

export type NextStep = { readonly rate: number } | { readonly end: Exclude<CapacityLimit, "stopped"> };

/** A rate may fail by bad luck once. */
const triesToRefuse = 2;
// An open model seldom holds what a closed loop reaches, so most steps are spent below it.
const ladder = [0.1, 0.25, 0.5, 0.7, 0.85, 1] as const;
const climbBeyond = 1.25;

interface Bracket {
  /** Highest rate that held below every refused one; 0 where none did. */
  readonly held: number;
  /** Lowest refused rate, or Infinity. */
  readonly refused: number;
  /** Failed once, not yet tried again. */
  readonly doubtful: number | undefined;
  readonly refusedBy: "target" | "generator";
}

/**
 * The rate to drive next, or why the search is over: the stop rule.
 *
 * Climbs until a rate is refused, then halves the gap between the highest rate that held and the lowest refused.
 * A failure is tried once more before it counts, unless the target was plainly overloaded.
 */
export function nextStep(steps: readonly CapacityStep[], plan: SearchPlan): NextStep {
  const { held, refused, doubtful, refusedBy } = bracket(steps);
  const isBracketed = Number.isFinite(refused);
  if (isBracketed && refused - held <= Math.max(1, plan.precision * refused)) return { end: refusedBy };
  if (held >= plan.maxRate) return { end: "max-rate" };
  if (steps.length >= plan.maxSteps) return { end: "steps" };
  if (doubtful !== undefined) return { rate: doubtful };
  if (!isBracketed) return { rate: climb(held, plan) };
  // Far apart, the middle of the orders of magnitude is the better guess.
  const middle = held > 0 && refused / held > 3 ? Math.sqrt(held * refused) : (held + refused) / 2;
  return { rate: Math.min(refused - 1, Math.max(held + 1, Math.round(middle))) };
}

/** What a search has found so far. @param end why it ended */
export function concludeCapacity(
  steps: readonly CapacityStep[],
  end: CapacityLimit,
  ownRate: number | null,
): CapacityFinding {
  const { held, refused, refusedBy } = bracket(steps);
  const capacity = held > 0 ? held : null;
  return {
    capacity,
    refused: Number.isFinite(refused) ? refused : null,
    refusedBy: Number.isFinite(refused) ? refusedBy : null,
    limitedBy: end,
    knee: kneeOf(steps),
    headroom: capacity !== null && ownRate !== null && ownRate > 0 ? capacity / ownRate : null,
  };
}

/**
 * The knee: the rate with the most "power", throughput over response time (Kleinrock, "Power and deterministic rules
 * of thumb for probabilistic problems in computer communications", 1979). Beyond it latency grows faster than throughput.
 *
 * @returns null with fewer than three rates that could be measured
 */
export function kneeOf(steps: readonly CapacityStep[]): number | null {
  const power = new Map<number, number>();
  for (const { rate, achievedRate, p95Ms, outcome } of steps) {
    if (outcome === "unmeasured" || p95Ms === null || p95Ms <= 0) continue;
    power.set(rate, Math.max(power.get(rate) ?? 0, achievedRate / p95Ms));
  }
  if (power.size < 3) return null;
  return [...power].reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}

function climb(held: number, plan: SearchPlan): number {
  const bound = plan.upperBound;
  const next =
    bound === undefined
      ? held === 0
        ? plan.startRate
        : held * 2
      : (ladder.map((share) => Math.round(share * bound)).find((rate) => rate > held) ??
        Math.round(held * climbBeyond));
  return Math.min(plan.maxRate, Math.max(1, held + 1, next));
}

function bracket(steps: readonly CapacityStep[]): Bracket {
  const failures = new Map<number, number>();
  const holding = new Set<number>();
  let refused = Number.POSITIVE_INFINITY;
  let refusedBy: Bracket["refusedBy"] = "target";
  for (const { rate, outcome } of steps) {
    if (outcome === "holds") {
      holding.add(rate);
      continue;
    }
    const times = (failures.get(rate) ?? 0) + (outcome === "overloaded" ? triesToRefuse : 1);
    failures.set(rate, times);
    if (times < triesToRefuse || holding.has(rate) || rate >= refused) continue;
    refused = rate;
    refusedBy = outcome === "unmeasured" ? "generator" : "target";
  }
  const held = Math.max(0, ...[...holding].filter((rate) => rate < refused));
  const doubtful = [...failures].find(
    ([rate, times]) => times < triesToRefuse && !holding.has(rate) && rate < refused,
  )?.[0];
  return { held, refused, doubtful, refusedBy };
}
