import type { Checklist, ChecklistResult, ItemState, JudgedItem } from "../model/checklist.js";
import { stateWords } from "./result.js";

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

/**
 * A copy of the document in which every box says what the evidence says, with a few words behind each item.
 *
 * Only boxes and line ends are touched; every other byte stays. A box that was ticked by hand and that nothing proves
 * is open in the copy.
 */
export function tickedCopy(source: string, checklist: Checklist, result: ChecklistResult): string {
  return edited(source, checklist, result, (item) => ` *(${stateWords[item.state]}: ${asText(item.reason)})*`);
}

/** The document itself with its boxes set, and nothing else; boxes that nobody proved or disproved keep their hand. */
export function tickedSource(source: string, checklist: Checklist, result: ChecklistResult): string {
  return edited(source, checklist, result, undefined);
}

const proven: readonly ItemState[] = ["pass", "attested"];

function edited(
  source: string,
  checklist: Checklist,
  result: ChecklistResult,
  note: ((item: JudgedItem) => string) | undefined,
): string {
  const judged = new Map(result.items.map((item) => [item.id, item]));
  const edits: Edit[] = [];
  for (const item of checklist.items) {
    const one = judged.get(item.id);
    if (one === undefined) continue;
    const isKept = note === undefined && (one.state === "claim" || one.state === "not-applicable");
    if (item.boxAt !== undefined && !isKept)
      edits.push({ at: item.boxAt, remove: 1, insert: proven.includes(one.state) ? "x" : " " });
    if (note !== undefined) edits.push({ at: item.endsAt, remove: 0, insert: note(one) });
  }
  edits.sort((a, b) => a.at - b.at);
  const parts: string[] = [];
  let at = 0;
  for (const edit of edits) {
    parts.push(source.slice(at, edit.at), edit.insert);
    at = edit.at + edit.remove;
  }
  parts.push(source.slice(at));
  return parts.join("");
}

/** Reasons quote targets, probes and people: in Markdown they must stay words. */
function asText(text: string): string {
  return text
    .slice(0, 400)
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ")
    .replace(/[\\`*_[\]|~#!]/g, (sign) => `\\${sign}`)
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/@/g, "&#64;")
    .replace(/:\/\//g, ":&#47;&#47;");
}
