import {
  type Checklist,
  type ChecklistResult,
  type ItemState,
  itemStates,
  type JudgedItem,
} from "../model/checklist.js";
import type { Evidence } from "./evidence.js";
import { subsystemsOf } from "./subsystems.js";

export interface ResultInput {
  readonly checklist: Checklist;
  readonly path: string;
  readonly sha256: string;
  readonly items: readonly JudgedItem[];
  readonly evidence: Evidence;
  /** Names of probes that were run and that no item asks for, and the like. */
  readonly warnings?: readonly string[];
}

/** The items with their sum. */
export function makeResult(input: ResultInput): ChecklistResult {
  const { checklist, items, evidence } = input;
  const counts = Object.fromEntries(itemStates.map((state) => [state, 0])) as Record<ItemState, number>;
  for (const { state } of items) counts[state] += 1;
  const open = items.filter(({ settled }) => !settled);
  const manifest = evidence.run?.manifest;
  return {
    schema: "loadline.checklist/1",
    title: checklist.title,
    checklist: { path: input.path, sha256: input.sha256 },
    run:
      manifest === undefined
        ? null
        : { id: manifest.id, scenario: manifest.scenario, validity: manifest.validity.state },
    ...(evidence.version === undefined ? {} : { version: evidence.version }),
    judgedAt: evidence.now.toISOString(),
    complete: items.length > 0 && open.length === 0,
    sentence: sentenceOf(items, open, counts),
    counts,
    items,
    subsystems: subsystemsOf(evidence),
    warnings: [...checklist.warnings, ...(input.warnings ?? [])],
  };
}

/** How each state is said. */
export const stateWords: Readonly<Record<ItemState, string>> = {
  pass: "pass",
  fail: "fail",
  "not-run": "not run",
  stale: "stale",
  waived: "waived",
  attested: "attested",
  "not-applicable": "not applicable",
  claim: "claim",
  unbound: "unbound",
  refused: "refused",
};

function sentenceOf(
  items: readonly JudgedItem[],
  open: readonly JudgedItem[],
  counts: Readonly<Record<ItemState, number>>,
): string {
  if (items.length === 0) return "The document has no items.";
  const listed = itemStates
    .filter((state) => counts[state] > 0)
    .map((state) => `${counts[state]} ${stateWords[state]}`);
  const sum = listed.join(", ");
  if (open.length === 0) return `All ${items.length} items are settled: ${sum}.`;
  return `${open.length} of ${items.length} items stand in the way of a sign-off: ${sum}.`;
}
