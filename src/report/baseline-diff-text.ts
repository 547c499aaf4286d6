import type { BaselineDiff, DiffedBaseline } from "../model/baseline-diff.js";
import { renderComparison } from "./comparison-text.js";
import { plainText } from "./escape.js";
import { formatCounted } from "./format.js";
import { painter } from "./paint.js";

/** Two baselines side by side for a terminal: who accepted what, then the comparison of their own runs. */
export function renderBaselineDiff(
  diff: BaselineDiff,
  options: { readonly color: boolean; readonly width: number },
): string {
  const paint = painter(options.color);
  const { a, b, shared, comparison } = diff;
  const lines = [
    paint.bold(plainText(`${diff.scenario}: ${a.name} → ${b.name}`)),
    sideLine(a),
    sideLine(b),
    ...labelLines(a, b),
    ...(shared.length === 0
      ? []
      : [`  ${formatCounted(shared.length, "run")} in both, not compared: ${plainText(shared.join(" "))}`]),
  ];
  const rest =
    comparison === null
      ? "  One of them holds no run of its own: there is nothing to compare.\n"
      : renderComparison(comparison, options);
  return `${lines.join("\n")}\n\n${rest}`;
}

function sideLine({ name, acceptedAt, acceptedBy, note, runs }: DiffedBaseline): string {
  const why = note === "" ? "" : `: ${note}`;
  return plainText(
    `  ${name}  ${formatCounted(runs.length, "run")}, accepted ${acceptedAt.slice(0, 10)} by ${acceptedBy}${why}`,
  );
}

function labelLines(a: DiffedBaseline, b: DiffedBaseline): string[] {
  const names = [...new Set([...Object.keys(a.labels), ...Object.keys(b.labels)])].sort();
  return names
    .filter((name) => name !== "group" && a.labels[name] !== b.labels[name])
    .map((name) => plainText(`  ${name}: ${a.labels[name] ?? "–"} → ${b.labels[name] ?? "–"}`));
}
