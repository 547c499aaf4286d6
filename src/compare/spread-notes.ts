import type { ComparisonRow } from "../model/comparison.js";
import { signedWords } from "./words.js";

/**
 * Where the median holds and the tail or the shape does not, a sentence a series: such a change hides behind a
 * median and can hide behind a percentile's margin.
 */
export function spreadNotes(rows: readonly ComparisonRow[]): string[] {
  const changed = rows.filter(({ statistic, verdict }) => statistic.includes("/") && isClear(verdict));
  return [...new Set(changed.map((row) => row.series))].flatMap((series) => {
    const median = rows.find((row) => row.series === series && row.statistic === "p(50)");
    // A median that moved, or that nobody can tell of, is the news itself.
    if (median?.change == null || (median.verdict !== "pass" && median.verdict !== "improved")) return [];
    const how = changed
      .filter((row) => row.series === series && row.interval !== null)
      .map(({ statistic, change, interval, unit }) => {
        const range = `${signedWords(interval!.low, unit)} to ${signedWords(interval!.high, unit)}`;
        return `${statistic} ${signedWords(change!, unit)} (${range})`;
      });
    const held = signedWords(median.change, median.unit);
    return [`${series}: the spread changed, while the median holds (${held}): ${how.join(", ")}.`];
  });
}

function isClear(verdict: ComparisonRow["verdict"]): boolean {
  return verdict === "regressed" || verdict === "improved";
}
