import type { LeakSeries } from "../model/leak.js";
import { floorOf, type Point } from "../stats/theil-sen.js";

export const hourMs = 3_600_000;

// A minute holds a garbage collection of nearly every runtime. Shorter runs cut themselves into 20 floors, down to five
// seconds each, and pay with a wider interval; longer ones into 120, which keeps a run of days affordable.
const usualSpanMs = 60_000;
const shortestSpanMs = 5000;
const fewFloors = 20;
const manyFloors = 120;
// Pools, caches and compiled code come in the first tenth; slower warm-up is a part of the model. Beside a baseline it
// cancels, and every minute that is left out costs certainty: there only the very start goes.
const droppedShare = 0.1;
const droppedBesideBaselineMs = 120_000;

/** How the given runs are cut: all alike, so that they can be compared. */
export function runShape(
  runs: readonly LeakSeries[],
  besideBaseline: boolean,
): { observedMs: number; droppedMs: number; spanMs: number } {
  const lengths = runs.map(({ timesMs }) => (timesMs.at(-1) ?? 0) - (timesMs[0] ?? 0));
  const observedMs = Math.max(0, Math.max(...lengths));
  const shortestRunMs = Math.max(0, Math.min(...lengths));
  const spanMs = Math.max(
    Math.min(usualSpanMs, Math.max(shortestSpanMs, shortestRunMs / fewFloors)),
    observedMs / manyFloors,
  );
  const share = observedMs * droppedShare;
  return { observedMs, droppedMs: besideBaseline ? Math.min(share, droppedBesideBaselineMs) : share, spanMs };
}

/** The lowest sample of each span after the warm-up, x in milliseconds since the run's first sample. */
export function floorsOf(series: LeakSeries, droppedMs: number, spanMs: number): Point[] {
  return floorOf(
    pointsOf(series).filter(({ x }) => x >= droppedMs),
    spanMs,
  );
}

/** Every sample that can be one, x in milliseconds since the first. */
export function pointsOf({ timesMs, values }: LeakSeries): Point[] {
  const startMs = timesMs[0] ?? 0;
  const points: Point[] = [];
  for (const [i, timeMs] of timesMs.entries()) {
    const y = values[i]!;
    if (y >= 0 && y <= Number.MAX_SAFE_INTEGER) points.push({ x: timeMs - startMs, y });
  }
  return points;
}
