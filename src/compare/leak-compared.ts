import type { ComparedRun } from "../model/comparison.js";
import type { LeakVerdict, RunFloors } from "../model/leak.js";
import { judgeLeak } from "./leak.js";

// Runs of one plan end within a second or two of each other; others cannot be laid side by side.
const alikeShare = 0.1;

/**
 * Whether any figure of a watched source grows more than it did in the baseline's runs: the warm-up that both share
 * cancels, so that this finds far smaller leaks than a run by itself can.
 *
 * Figures that a side lacks, or whose floors are not alike, are left out.
 */
export function compareLeaks(baseline: readonly ComparedRun[], candidate: readonly ComparedRun[]): LeakVerdict[] {
  const [first] = candidate;
  return (first?.floors ?? []).flatMap(({ source, figure, spanMs }) => {
    const pick = (runs: readonly ComparedRun[]): RunFloors[] =>
      runs.flatMap((run) => run.floors?.filter((one) => one.source === source && one.figure === figure) ?? []);
    const [ours, theirs] = [pick(candidate), pick(baseline)];
    const alike = [...ours, ...theirs].every((one) => Math.abs(one.spanMs - spanMs) <= alikeShare * spanMs);
    if (theirs.length === 0 || !alike) return [];
    const series = (runs: readonly RunFloors[]) =>
      runs.map(({ floor }) => ({ timesMs: floor.map(([atMs]) => atMs), values: floor.map(([, value]) => value) }));
    return [judgeLeak(series(ours), { source, figure, baseline: series(theirs), floorsOfMs: spanMs })];
  });
}
