import type { RunRecord } from "../model/run.js";
import { median } from "../stats/median.js";

/** What memory the generator had by then. */
export interface OwnMemory {
  readonly atS: number;
  readonly rssBytes: number;
}

// Five minutes, half an hour and an hour are what long runs are compared at; shorter ones get their own fractions.
const marksS = [300, 1800, 3600];
const shortShares = [0.1, 0.5, 1];
/** A collection makes single windows jump. */
const aroundS = 15;

/** The median of the seconds around each mark; growth here is the generator's own leak, and no finding about the target. */
export function makeOwnMemory({ windows }: Pick<RunRecord, "windows">): OwnMemory[] {
  const last = windows.at(-1);
  if (last === undefined) return [];
  const endS = (last.startMs + last.lengthMs) / 1000;
  // The last window of an hour may end a moment before or after it.
  const reached = marksS.filter((mark) => mark <= endS + 1);
  const marks = reached.length > 1 ? reached : shortShares.map((share) => share * endS);
  return marks.flatMap((mark) => {
    const near = windows.filter(
      ({ startMs, engine }) => Math.abs(startMs / 1000 - mark) <= Math.min(aroundS, endS / 10) && engine.rssBytes > 0,
    );
    return near.length === 0
      ? []
      : [{ atS: Math.round(mark), rssBytes: median(near.map(({ engine }) => engine.rssBytes)) }];
  });
}
