import type { Comparison, ComparisonRow } from "../model/comparison.js";
import { plainText } from "./escape.js";
import { cutInMiddle, formatChange, formatInterval, formatValue, isNoise, runsWords, verdictMarks } from "./format.js";
import { leakLines } from "./leak-lines.js";
import { painter } from "./paint.js";

const headers = ["", "series", "of", "baseline", "now", "change", "interval", "more runs"];
/** Text is flush left, figures flush right. */
const textColumns = 3;
const nameColumn = 1;

/**
 * A comparison as a table for a terminal, gating series first; its verdict and reason last.
 *
 * Without a baseline there is nothing to tabulate: a line says so.
 */
export function renderComparison(
  comparison: Comparison,
  options: { readonly color: boolean; readonly width: number },
): string {
  const paint = painter(options.color);
  const verdict = `  ${paint.bold(comparison.verdict)}  ${plainText(comparison.reason)}\n`;
  const warnings = comparison.warnings.map((warning) => `  ${paint.yellow("!")} ${plainText(warning)}\n`).join("");
  if (comparison.baseline === null) return `${warnings}${verdict}`;
  const rows = comparison.rows.map((row) => cellsOf(row));
  const widths = headers.map((header, i) => Math.max(header.length, ...rows.map((row) => row[i]!.length)));
  const fixed = widths.reduce((sum, width, i) => (i === nameColumn ? sum : sum + width + 2), 2);
  // Figures that are cut short would be wrong, and names cut short enough are all alike: long ones get their own line.
  const stacked = widths[nameColumn]! > Math.max(12, options.width - fixed - 2);
  const padded = (cell: string, i: number): string =>
    i < textColumns ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!);
  const layOut = (cells: readonly string[]): string =>
    `  ${cells
      .map(padded)
      .filter((_, i) => !stacked || i !== nameColumn)
      .join("  ")}`.trimEnd();
  const lines = [paint.dim(layOut(headers))];
  for (const [i, row] of comparison.rows.entries()) {
    const tint = { pass: paint.green, improved: paint.green, regressed: paint.red, inconclusive: paint.yellow }[
      row.verdict
    ];
    if (stacked && comparison.rows[i - 1]?.series !== row.series) {
      lines.push(`  ${cutInMiddle(rows[i]![nameColumn]!, options.width - 2)}`);
    }
    lines.push(row.gating ? tint(layOut(rows[i]!)) : paint.dim(layOut(rows[i]!)));
  }
  const ours = runsWords(comparison.candidate.runs.length);
  const theirs = runsWords(comparison.baseline.runs.length);
  const against = `  Against ${plainText(comparison.baseline.name)}: ours is ${ours}, the baseline ${theirs}; ~ is a change that cannot be told from noise.`;
  for (const { field, baseline, candidate, must } of comparison.differences) {
    lines.push(plainText(`  ${must ? "✗" : "!"} ${field}: ${baseline} → ${candidate}`));
  }
  const leaks = leakLines(comparison.leaks ?? [], paint, true);
  if (leaks.length > 0) lines.push(`  ${paint.bold("GROWTH BEYOND THE BASELINE'S")}`, ...leaks);
  return `${lines.join("\n")}\n${warnings}${paint.dim(against)}\n${verdict}`;
}

function cellsOf(row: ComparisonRow): string[] {
  return [
    verdictMarks[row.verdict],
    plainText(row.series),
    plainText(row.statistic),
    formatValue(row.baseline, row.unit),
    formatValue(row.candidate, row.unit),
    `${isNoise(row) ? "~ " : ""}${formatChange(row.change, row.unit)}`,
    formatInterval(row),
    row.moreRuns === null ? "" : String(row.moreRuns),
  ];
}
