import { betaDraw, poissonDraw } from "../stats/gamma-draws.js";
import { numberedSeed, seededRandom } from "../stats/random.js";
import type { ArrivalCurve } from "./arrival-curve.js";
import type { Arrivals } from "./arrivals.js";

/** A stretch of arrivals whose first and last due place are known: those between lie strictly within. */
interface Stretch {
  /** Numbers of the arrivals at its ends, exclusive; -1 and count are the run's ends. */
  readonly before: number;
  readonly after: number;
  /** Their places, from 0 to 1 of the expected total. */
  readonly from: number;
  readonly to: number;
}

/**
 * Arrivals at random, as independent users make them: a Poisson process with the scenario's rate.
 *
 * Their number is one Poisson draw. Given it, the places are those of as many sorted uniform points, and the middle one
 * of any stretch has a beta distribution: so any arrival's place is found from the seed by halving, in some 20 draws
 * that depend on the numbers halved and on nothing else. Pacer, engines and machines thus agree without a word, and
 * nothing is kept. A ramp bends time: its curve says when so many are expected.
 */
export function poissonArrivals(curve: ArrivalCurve, seed: number): Arrivals {
  const count = poissonDraw(curve.total, seededRandom(seed));
  // The way to the arrival asked for last: the next one shares nearly all of it.
  const way: Stretch[] = [{ before: -1, after: count, from: 0, to: 1 }];

  const middlePlace = ({ before, after, from, to }: Stretch, middle: number): number =>
    from + (to - from) * betaDraw(middle - before, after - middle, seededRandom(numberedSeed(seed, middle)));

  const placeOf = (n: number): number => {
    while (way.length > 1 && !(way.at(-1)!.before < n && n < way.at(-1)!.after)) way.pop();
    for (;;) {
      const stretch = way.at(-1)!;
      const middle = (stretch.before + stretch.after) >> 1;
      const place = middlePlace(stretch, middle);
      if (middle === n) return place;
      way.push(n < middle ? { ...stretch, after: middle, to: place } : { ...stretch, before: middle, from: place });
    }
  };

  return {
    count,
    dueAt: (n) => curve.timeOf(placeOf(n) * curve.total),
    countBefore(ms) {
      if (count === 0) return 0;
      let stretch = way[0]!;
      while (stretch.after - stretch.before > 1) {
        const middle = (stretch.before + stretch.after) >> 1;
        const place = middlePlace(stretch, middle);
        // By due time, not by place: what the pacer calls due and what is counted must not differ by a last bit.
        stretch =
          curve.timeOf(place * curve.total) < ms
            ? { ...stretch, before: middle, from: place }
            : { ...stretch, after: middle, to: place };
      }
      return stretch.before + 1;
    },
  };
}
