import type { ChecklistResult, ItemState } from "../model/checklist.js";
import { plainText } from "./escape.js";
import { painter } from "./paint.js";

/** Each state has its own sign, so that colour is never needed to tell them apart. */
export const stateMarks: Readonly<Record<ItemState, string>> = {
  pass: "✓",
  fail: "✗",
  "not-run": "○",
  stale: "◷",
  waived: "~",
  attested: "✎",
  "not-applicable": "–",
  claim: "!",
  unbound: "?",
  refused: "⊘",
};

/** A checklist for the terminal: each item with its sign, what is wrong under it, and the sum at the end. */
export function renderChecklistText(result: ChecklistResult, { color }: { readonly color: boolean }): string {
  const paint = painter(color);
  const lines = [paint.bold(plainText(result.title)), ""];
  let last = "";
  for (const item of result.items) {
    const heading = item.headings.join(" / ");
    if (heading !== last) lines.push(paint.dim(plainText(heading)));
    last = heading;
    const tone = item.settled
      ? paint.green
      : item.state === "not-run" || item.state === "unbound"
        ? paint.yellow
        : paint.red;
    const indent = "  ".repeat(Math.min(item.depth, 8) + 1);
    lines.push(
      `${indent}${tone(`${stateMarks[item.state]} ${item.state.replace("-", " ")}`)}  ${plainText(item.text)}`,
    );
    lines.push(paint.dim(`${indent}    ${plainText(item.reason)}  [${item.id}]`));
  }
  const { silent } = result.subsystems;
  if (silent.length > 0) lines.push("", paint.yellow("Declared, and silent:"));
  for (const { reason } of silent) lines.push(`  ${plainText(reason)}`);
  for (const warning of result.warnings) lines.push("", `warning  ${plainText(warning)}`);
  return `${[...lines, "", paint.bold(result.sentence)].join("\n")}\n`;
}
