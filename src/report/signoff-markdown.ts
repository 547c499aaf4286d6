import type { ChecklistResult, SignOffBlock } from "../model/checklist.js";
import { escapeMarkdown } from "./escape.js";

/** A sign-off for a chat: who signed what, what was let pass open, and what gave no evidence. */
export function renderSignOffMarkdown(block: SignOffBlock, result: ChecklistResult): string {
  const { service, version, by, role, approvedAt, deployed, notes } = block;
  const who = role === undefined ? by : `${by} (${role})`;
  const waived = result.items.filter(({ state }) => state === "waived");
  const { silent } = result.subsystems;
  return [
    `## Loadline sign-off: ${escapeMarkdown(`${service} ${version}`)}`,
    "",
    `Signed off by ${escapeMarkdown(who)} on ${approvedAt.slice(0, 10)}. ${escapeMarkdown(`${result.title}: ${result.sentence}`)}`,
    ...(deployed === undefined ? [] : ["", `Deployment: ${escapeMarkdown(deployed)}`]),
    ...(notes === undefined ? [] : ["", escapeMarkdown(notes)]),
    ...(waived.length === 0
      ? []
      : ["", ...waived.map(({ text, reason }) => `- ${escapeMarkdown(`${text}: ${reason}`)}`)]),
    ...(silent.length === 0
      ? []
      : ["", "Declared, and silent:", ...silent.map(({ reason }) => `- ${escapeMarkdown(reason)}`)]),
    "",
  ].join("\n");
}
