import type { ChangePoint } from "../model/history.js";
import { segment } from "../stats/change-points.js";
import { studentQuantile } from "../stats/student-t.js";

/** One run's value in the trend of a scenario. */
export interface TrendPoint {
  /** The run. */
  readonly id: string;
  readonly startedAt: string;
  /** A positive number such as a percentile in ms; null, zero and what is no number are left out. */
  readonly value: number | null;
  /** What may explain a change: labels, machine, script. By name. */
  readonly facts?: Readonly<Record<string, string>> | undefined;
}

export interface ChangePointOptions {
  /** Smaller changes are not told, as a ratio; 0.03 unless given. */
  readonly minEffect?: number | undefined;
  /** Chance that a series without any change shows one; 0.02 unless given. */
  readonly alarm?: number | undefined;
  /** Fewest runs between two changes; 3 unless given. */
  readonly shortest?: number | undefined;
}

const intervalLevel = 0.95;
const mostPoints = 1000;

/**
 * The runs at which a scenario's level changed: METHOD section 6.
 *
 * Values are compared by their logarithms. A change can be told from its third run on.
 *
 * @param points oldest first; of more than 1,000 only the newest are searched
 */
export function findChangePoints(points: readonly TrendPoint[], options: ChangePointOptions = {}): ChangePoint[] {
  const { minEffect = 0.03, alarm = 0.02, shortest = 3 } = options;
  const used = points
    .map((point, index) => ({ point, index }))
    .filter(({ point }) => point.value !== null && point.value > 0 && point.value < Infinity)
    .slice(-mostPoints);
  const logs = used.map(({ point }) => Math.log(point.value!));
  const { segments, changes } = segment(logs, { alarm, shortest, smallest: Math.log1p(minEffect) });
  return changes.map(({ at, size, standardError, df }, i) => {
    const { point, index } = used[at]!;
    const reach = studentQuantile((1 + intervalLevel) / 2, df) * standardError;
    const [left, right] = [segments[i]!, segments[i + 1]!];
    return {
      run: point.id,
      startedAt: point.startedAt,
      index,
      before: rounded(Math.exp(left.mean)),
      after: rounded(Math.exp(right.mean)),
      runsBefore: left.to - left.from,
      runsAfter: right.to - right.from,
      change: rounded(Math.expm1(size)),
      interval: {
        low: rounded(Math.expm1(size - reach)),
        high: rounded(Math.expm1(size + reach)),
        level: intervalLevel,
      },
      alsoChanged: changedFacts(used[at - 1]!.point.facts ?? {}, point.facts ?? {}),
    };
  });
}

function changedFacts(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names
    .filter((what) => before[what] !== after[what])
    .map((what) => ({ what, before: before[what] ?? "", after: after[what] ?? "" }));
}

/** Six digits: what follows is the arithmetic's, not the measurement's. */
function rounded(value: number): number {
  return Number(Math.min(value, Number.MAX_VALUE).toPrecision(6));
}
