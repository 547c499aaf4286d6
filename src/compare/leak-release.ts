import { median } from "../stats/median.js";
import type { Point } from "../stats/theil-sen.js";

/** One great fall in the floors of a run. */
export interface Release {
  /** The floors without those of the fall itself, which stand between both levels. */
  readonly points: readonly Point[];
  /** Where the fall ended, in the unit of x: floors from here on stand lower by its height. */
  readonly atX: number;
  /** Where the floor stood at its highest before: until growth has passed it, it may be no more than the next tooth. */
  readonly peak: number;
}

// Ten times what floors usually differ by is no noise; a fiftieth of the level, against the usual step, is worth a word.
const unusual = 10;
const worthShare = 0.02;

/**
 * The one great release of memory that a start often ends with: V8, for one, makes its young generation small again in a
 * collection that its memory reducer begins 8 to 100 s after another, and a line through that fall would hide any leak.
 *
 * @returns undefined without a fall, and for several: they are a saw-tooth slower than the floors
 */
export function findRelease(points: readonly Point[]): Release | undefined {
  const steps = points.slice(1).map((point, i) => point.y - points[i]!.y);
  const usual = median(steps);
  const spread = 1.4826 * median(steps.map((step) => Math.abs(step - usual)));
  const limit = Math.max(unusual * spread, worthShare * median(points.map((point) => point.y)));
  const falls = steps.flatMap((step, i) => (step - usual < -limit ? [i + 1] : []));
  const [first, last] = [falls[0], falls.at(-1)];
  // A fall may take two floors.
  if (first === undefined || last === undefined || last - first > 1) return undefined;
  const before = points.slice(0, first);
  const after = points.slice(last + 1);
  if (after.length === 0) return undefined;
  return { points: [...before, ...after], atX: after[0]!.x, peak: Math.max(...before.map(({ y }) => y)) };
}
