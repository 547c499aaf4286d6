import type { CapacityResult } from "../model/capacity.js";
import { capacityRows, capacitySentences, capacityTableHeaders } from "./capacity-words.js";
import { plainText } from "./escape.js";
import { painter } from "./paint.js";

/** The curve, what was asked of each rate, and what was found. */
export function renderCapacity(result: CapacityResult, style: { readonly color: boolean }): string {
  const paint = painter(style.color);
  const rows = [[...capacityTableHeaders], ...capacityRows(result)];
  const widths = capacityTableHeaders.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const last = widths.length - 1;
  const lines = rows.map((row, i) => {
    const cells = row.map((cell, at) => (at === last ? cell : cell.padStart(widths[at]!)));
    const text = `  ${cells.join("  ")}`;
    return i === 0 ? paint.dim(text) : text;
  });
  const [main = "", ...more] = capacitySentences(result);
  const steps = [...result.steps].sort((a, b) => a.rate - b.rate);
  // The lowest refused rate says what gives way first.
  const reasons = steps.find(({ rate, outcome }) => rate === result.refused && outcome !== "holds")?.reasons ?? [];
  return [
    `${paint.bold(`CAPACITY  ${plainText(result.scenario)}`)}`,
    `  each rate must meet ${plainText(result.thresholds.join("; "))}; arrivals dropped <= 0.1 %`,
    "",
    ...lines,
    "",
    ...reasons.map((reason) => paint.yellow(`  at ${result.refused}/s: ${plainText(reason)}`)),
    `  ${paint.bold(main)}`,
    ...more.map((sentence) => `  ${sentence}`),
    "",
  ].join("\n");
}
