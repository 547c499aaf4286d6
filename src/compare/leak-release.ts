import { median } from "../stats/median.js";
import type { Point } from "../stats/theil-sen.js";

// Ten times what floors usually differ by is no noise; three hundredths of the level is worth a word.
const unusual = 10;
const worthShare = 0.03;
const latestShare = 0.6;
const fewestAfter = 8;

/**
 * The floors after the one great release of memory that ends many a start: V8, for one, gives tens of megabytes back
 * after its first full collection, and a line through that fall would hide any leak.
 *
 * Several falls are a saw-tooth slower than the floors, and stay.
 *
 * @returns all floors, or those after the fall with the peak before it: growth that has not passed the peak may be no
 *   more than the next tooth
 */
export function afterRelease(points: readonly Point[]): { points: readonly Point[]; peak: number | undefined } {
  const steps = points.slice(1).map((point, i) => point.y - points[i]!.y);
  const usual = median(steps);
  const spread = 1.4826 * median(steps.map((step) => Math.abs(step - usual)));
  const limit = Math.max(unusual * spread, worthShare * median(points.map((point) => point.y)));
  const falls = steps.flatMap((step, i) => (step < -limit ? [i + 1] : []));
  const last = falls.at(-1);
  // A fall may take two floors.
  if (last === undefined || last - falls[0]! > 1) return { points, peak: undefined };
  const after = points.slice(last);
  if (last > latestShare * points.length || after.length < fewestAfter) return { points, peak: undefined };
  return { points: after, peak: Math.max(...points.slice(0, last).map((point) => point.y)) };
}
