import type { LeakVerdict } from "../model/leak.js";
import { fitGrowth } from "../stats/growth.js";
import type { Point } from "../stats/theil-sen.js";
import { hourMs } from "./leak-floors.js";
import { findRelease } from "./leak-release.js";

export interface LeakInput {
  readonly observedMs: number;
  readonly minimumPerHour: number;
  /** Grain of the figure: a page, or one. */
  readonly resolution: number;
  readonly seed: number;
}

export interface FoundGrowth {
  readonly growthPerHour: NonNullable<LeakVerdict["growthPerHour"]>;
  readonly leaks: boolean;
  readonly slowing: boolean;
  readonly timeConstantMs: number | null;
  readonly line: LeakVerdict["line"];
}

/** Each end of an interval errs in 1 % of cases. */
export const leakConfidence = 0.99;

// A runtime's heap breathes by about so much of its size, slower than any run could see twice.
const breathShare = 0.005;

/**
 * Growth of a version by itself: the line that remains when the warm-up has died out.
 *
 * Nobody knows the warm-up's time constant, so the interval covers every one that fits. Several runs are judged by their
 * mean floor, which has less noise than each.
 */
export function growthAlone(floors: readonly (readonly Point[])[], input: LeakInput): FoundGrowth {
  const floor = meanFloor(floors);
  const release = findRelease(floor);
  const points = release?.points ?? floor;
  const hours = points.map(({ x, y }) => ({ x: x / hourMs, y }));
  const length = input.observedMs / hourMs;
  const growth = fitGrowth(hours, {
    length,
    resolution: input.resolution / Math.sqrt(floors.length),
    breath: breathShare * Math.max(0, points.at(-1)!.y),
    confidence: leakConfidence,
    seed: input.seed,
    ...(release === undefined ? {} : { stepAt: release.atX / hourMs }),
  })!;
  const { bare, best, plausible, factor } = growth;
  const low = Math.min(...plausible.map(({ slope, slopeError }) => slope - factor * slopeError));
  const high = Math.max(...plausible.map(({ slope, slopeError }) => slope + factor * slopeError));
  // All of the interval counts: a runtime that settles for an hour grows a little, certainly, and leaks nothing.
  const leaks = low >= input.minimumPerHour && (release === undefined || points.at(-1)!.y > release.peak);
  const stillPerHour =
    best.timeConstant === null ? 0 : (best.amplitude / best.timeConstant) * Math.exp(-length / best.timeConstant);
  const bends =
    best.timeConstant !== null && best.amplitude > factor * best.amplitudeError && stillPerHour > input.minimumPerHour;
  // It grows, but a warm-up would explain that: too early to say which.
  const grows = bare.slope - factor * bare.slopeError > 0 && bare.slope > input.minimumPerHour && !leaks;
  const slowing = bends || grows;
  // A straight line can show one side of a release: the later.
  const first = release === undefined ? hours[0]!.x : release.atX / hourMs;
  const last = hours.at(-1)!.x;
  const warm = best.timeConstant === null ? 0 : best.amplitude * (1 - Math.exp(-last / best.timeConstant));
  const at = (x: number): number => best.intercept + best.step + warm + best.slope * x;
  return {
    growthPerHour: { estimate: best.slope, low, high },
    leaks,
    slowing,
    timeConstantMs: bends ? best.timeConstant! * hourMs : null,
    line: { fromMs: first * hourMs, from: at(first), toMs: last * hourMs, to: at(last) },
  };
}

/** Point by point, as far as all runs go. */
export function meanFloor(floors: readonly (readonly Point[])[]): Point[] {
  const length = Math.min(...floors.map((points) => points.length));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return Array.from({ length }, (_, i) => ({
    x: mean(floors.map((points) => points[i]!.x)),
    y: mean(floors.map((points) => points[i]!.y)),
  }));
}
