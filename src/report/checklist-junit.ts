import type { ChecklistResult, JudgedItem } from "../model/checklist.js";
import { escapeMarkup } from "./escape.js";

/**
 * A checklist for a CI server: one case an item.
 *
 * What is open is skipped when nothing was run for it and failed otherwise, so that no server counts it as a success.
 */
export function renderChecklistJunit(result: ChecklistResult): string {
  const { items } = result;
  const failed = items.filter((item) => outcomeOf(item) === "failed").length;
  const skipped = items.filter((item) => outcomeOf(item) === "skipped").length;
  const counts = `tests="${items.length}" failures="${failed}" errors="0" skipped="${skipped}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="loadline checklist" ${counts}>`,
    `  <testsuite name="${escapeMarkup(result.title)}" ${counts} timestamp="${escapeMarkup(result.judgedAt)}">`,
    ...items.map(renderCase),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function outcomeOf({ state, settled }: JudgedItem): "passed" | "failed" | "skipped" {
  if (settled) return state === "pass" || state === "attested" ? "passed" : "skipped";
  return state === "not-run" ? "skipped" : "failed";
}

function renderCase(item: JudgedItem): string {
  const place = escapeMarkup(["checklist", ...item.headings].join("."));
  const head = `    <testcase classname="${place}" name="${escapeMarkup(item.text)}"`;
  const body = escapeMarkup(`${item.state}: ${item.reason}`);
  switch (outcomeOf(item)) {
    case "failed":
      return `${head}>\n      <failure message="${body}">${body}</failure>\n    </testcase>`;
    case "skipped":
      return `${head}>\n      <skipped message="${body}"/>\n    </testcase>`;
    case "passed":
      return `${head}>\n      <system-out>${body}</system-out>\n    </testcase>`;
  }
}
