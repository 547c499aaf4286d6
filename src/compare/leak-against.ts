import { fitGrowth } from "../stats/growth.js";
import { type Point, theilSen } from "../stats/theil-sen.js";
import { type Estimate, lowerBound, moments, pooled, upperBound, welch } from "../stats/two-means.js";
import { type FoundGrowth, growthAlone, type LeakInput, leakConfidence, meanFloor } from "./leak-alone.js";
import { hourMs } from "./leak-floors.js";

// A bend is looked for in every leak, so it must be surer than the leak itself.
const bendConfidence = 0.995;

/**
 * What the runs grow more than the baseline's: each run has one Theil-Sen slope, and the means are compared.
 *
 * A warm-up that both sides share cancels. One that only the new version has shows as an excess that bends: slower in the
 * second half of the run than in the first.
 */
export function growthAgainst(
  floors: readonly (readonly Point[])[],
  baseline: readonly (readonly Point[])[],
  input: LeakInput,
): FoundGrowth {
  if (floors.length + baseline.length < 3) return oneAgainstOne(floors, baseline, input);
  const excess = steadied(estimate(baseline.map(slopeOf), floors.map(slopeOf)), floors, baseline, input);
  const bend = estimate(baseline.map(bendOf), floors.map(bendOf));
  const low = lowerBound(excess, leakConfidence);
  const high = upperBound(excess, leakConfidence);
  const grows = low > 0 && excess.difference >= input.minimumPerHour;
  // A warm-up that is over within the run grows at least three times as fast in the first half as in the second.
  const slowing = grows && upperBound(bend, bendConfidence) < 0 && -bend.difference > excess.difference;
  const points = floors[0]!;
  const fit = theilSen(points)!;
  const at = (x: number): number => fit.intercept + fit.slope * x;
  const first = points[0]!.x;
  const last = points.at(-1)!.x;
  return {
    growthPerHour: { estimate: excess.difference, low, high },
    leaks: grows && !slowing,
    slowing,
    timeConstantMs: null,
    line: { fromMs: first, from: at(first), toMs: last, to: at(last) },
  };
}

/**
 * Few runs estimate their spread badly. Where it is no more than what the floors themselves scatter about their mean
 * difference, both estimates are averaged, each with its degrees of freedom, the second's never above the first's.
 */
function steadied(
  excess: Estimate,
  floors: readonly (readonly Point[])[],
  baseline: readonly (readonly Point[])[],
  input: LeakInput,
): Estimate {
  const { observedMs, resolution, seed } = input;
  const points = differenceOf(floors, baseline).map(({ x, y }) => ({ x: x / hourMs, y }));
  const growth = fitGrowth(points, { length: observedMs / hourMs, resolution, confidence: leakConfidence, seed });
  if (growth === undefined) return excess;
  const [between, within] = [excess.standardError ** 2, growth.bare.slopeError ** 2];
  if (between > 2 * within) return excess;
  const df = Math.min(excess.df, growth.df);
  const variance = (excess.df * between + df * within) / (excess.df + df);
  return { ...excess, standardError: Math.sqrt(variance), df: excess.df + df };
}

/** Two slopes have no spread between runs; what their floors scatter must stand in. */
function oneAgainstOne(
  floors: readonly (readonly Point[])[],
  baseline: readonly (readonly Point[])[],
  input: LeakInput,
): FoundGrowth {
  return growthAlone([differenceOf(floors, baseline)], input);
}

/** The mean floor over the baseline's, point by point: a warm-up that both share is gone from it. */
function differenceOf(floors: readonly (readonly Point[])[], baseline: readonly (readonly Point[])[]): Point[] {
  const other = meanFloor(baseline);
  return meanFloor(floors)
    .slice(0, other.length)
    .map(({ x, y }, i) => ({ x, y: y - other[i]!.y }));
}

function estimate(baseline: readonly number[], candidate: readonly number[]): Estimate {
  const [a, b] = [moments(baseline), moments(candidate)];
  return a.n < 2 || b.n < 2 ? pooled(a, b) : welch(a, b);
}

/** Per hour. */
function slopeOf(points: readonly Point[]): number {
  return theilSen(points)!.slope * hourMs;
}

/** How much faster the second half grows than the first, per hour. */
function bendOf(points: readonly Point[]): number {
  const half = Math.floor(points.length / 2);
  return slopeOf(points.slice(half)) - slopeOf(points.slice(0, half));
}
