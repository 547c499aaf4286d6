import type { Checklist, ChecklistItem, Clause, ClauseResult, ItemState, JudgedItem } from "../model/checklist.js";
import { Problem } from "../model/problem.js";
import { disagreements } from "./agreement.js";
import { parseBinding } from "./binding.js";
import type { Evidence } from "./evidence.js";
import type { AttestEntry, LedgerEntry, WaiveEntry } from "./ledger.js";
import { prove } from "./prove.js";
import { stateWords } from "./result.js";

/** The worst first: an item, or a group of items, is as good as the worst of its parts. */
const severity: readonly ItemState[] = [
  "refused",
  "fail",
  "stale",
  "not-run",
  "unbound",
  "claim",
  "waived",
  "attested",
  "pass",
  "not-applicable",
];

/** A sign-off may go past these. */
export function isSettled(state: ItemState): boolean {
  return state === "pass" || state === "attested" || state === "waived" || state === "not-applicable";
}

/**
 * Where each item stands.
 *
 * @param entries of the ledger, of this checklist alone
 */
export function judgeItems(checklist: Checklist, evidence: Evidence, entries: readonly LedgerEntry[]): JudgedItem[] {
  const said = new Map<string, LedgerEntry[]>();
  for (const entry of entries) {
    if (entry.kind === "signoff") continue;
    const list = said.get(entry.item);
    if (list === undefined) said.set(entry.item, [entry]);
    else list.push(entry);
  }
  const parts = new Map<string, JudgedItem[]>();
  const judged: JudgedItem[] = [];
  // Parts stand below their wholes, so they are judged first.
  for (const item of [...checklist.items].reverse()) {
    const own = parts.get(item.id);
    const one =
      item.isGroup && own !== undefined ? asWhole(item, own) : judgeItem(item, evidence, said.get(item.id) ?? []);
    if (item.parent !== undefined) {
      const others = parts.get(item.parent);
      if (others === undefined) parts.set(item.parent, [one]);
      else others.push(one);
    }
    // A line that only introduces others is no item of its own, unless it has a box to be ticked.
    if (!item.isGroup || item.box !== "none") judged.push(one);
  }
  return judged.reverse();
}

function asWhole(item: ChecklistItem, parts: readonly JudgedItem[]): JudgedItem {
  const worst = parts.map(({ state }) => state).sort((a, b) => severity.indexOf(a) - severity.indexOf(b))[0]!;
  const settled = parts.filter((part) => part.settled).length;
  return made(item, worst, `${settled} of its ${parts.length} parts are settled.`, []);
}

function judgeItem(item: ChecklistItem, evidence: Evidence, entries: readonly LedgerEntry[]): JudgedItem {
  const judged = withoutWaiver(item, evidence, entries);
  const waiver = lastOf(entries, "waive");
  // What cannot be read must be mended; nobody can waive what it would have meant.
  if (waiver === undefined || judged.settled || judged.state === "refused") return judged;
  const until = waiver.expiresAt.slice(0, 10);
  const without = `Without it: ${stateWords[judged.state]}. ${judged.reason}`;
  if (waiver.text !== item.text)
    return made(item, "stale", `The waiver by ${waiver.by} was for another sentence. ${without}`, judged.clauses);
  if (Date.parse(waiver.expiresAt) <= evidence.now.getTime())
    return made(item, "stale", `The waiver by ${waiver.by} expired on ${until}. ${without}`, judged.clauses);
  const why = /[.!?]$/.test(waiver.reason) ? waiver.reason : `${waiver.reason}.`;
  return made(item, "waived", `Waived by ${waiver.by} until ${until}: ${why} ${without}`, judged.clauses);
}

/** Markdown takes such a comment for text, and its author takes the item for bound. */
const unclosed = /<!--\s*loadline\s*:(?!.*-->)/is;

function withoutWaiver(item: ChecklistItem, evidence: Evidence, entries: readonly LedgerEntry[]): JudgedItem {
  if (unclosed.test(item.promise))
    return made(item, "refused", 'The comment with its binding has no end: "-->" is missing.', []);
  let clauses: Clause[];
  try {
    clauses = item.bindings.flatMap((text) => parseBinding(text, `line ${item.line}`).clauses);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const expected = error.expected === undefined ? "" : ` Expected ${error.expected}.`;
    return made(item, "refused", `${error.message} Found "${String(error.found)}".${expected}`, []);
  }
  const contradictions = disagreements(item.promise, clauses);
  if (contradictions.length > 0) return made(item, "refused", contradictions.join(" "), []);
  const excluded = clauses.find(({ kind }) => kind === "not-applicable");
  if (excluded?.kind === "not-applicable") return made(item, "not-applicable", excluded.reason, []);
  const results = clauses.map((clause): ClauseResult => {
    if (clause.kind === "attest") return byPerson(clause, item, evidence, entries);
    if (clause.kind === "not-applicable")
      return { clause: clause.source, state: "not-applicable", reason: clause.reason };
    return prove(clause, evidence, item.promise);
  });
  if (results.length === 0) return unbound(item, evidence, entries);
  const worst = [...results].sort((a, b) => severity.indexOf(a.state) - severity.indexOf(b.state))[0]!;
  const reason =
    worst.state === "pass" || worst.state === "attested" ? results.map((one) => one.reason).join(" ") : worst.reason;
  return made(item, worst.state, reason, results);
}

function unbound(item: ChecklistItem, evidence: Evidence, entries: readonly LedgerEntry[]): JudgedItem {
  if (lastOf(entries, "attest") !== undefined) {
    const result = byPerson({ source: "attest" }, item, evidence, entries);
    return made(item, result.state, result.reason, [result]);
  }
  if (item.box === "ticked")
    return made(item, "claim", "Ticked by hand; nothing proves it and nobody has signed for it.", []);
  return made(item, "unbound", "Nothing proves it: bind it to evidence, or let a person attest it.", []);
}

interface Asked {
  readonly source: string;
  readonly role?: string;
  readonly expiresMs?: number;
}

function byPerson(
  asked: Asked,
  item: ChecklistItem,
  evidence: Evidence,
  entries: readonly LedgerEntry[],
): ClauseResult {
  const result = (state: ItemState, reason: string): ClauseResult => ({ clause: asked.source, state, reason });
  const role = asked.role === undefined ? "" : ` with the role ${asked.role}`;
  const entry = lastOf(entries, "attest");
  if (entry === undefined) return result("not-run", `Nobody${role} has attested it.`);
  const who = `${entry.by}${entry.role === undefined ? "" : ` (${entry.role})`}`;
  if (asked.role !== undefined && entry.role !== asked.role)
    return result("not-run", `Attested by ${who}; somebody${role} is asked for.`);
  const ends = expiryOf(entry, asked.expiresMs);
  if (entry.text !== item.text) return result("stale", `${who} attested another sentence: "${entry.text}".`);
  if (ends !== undefined && ends <= evidence.now.getTime())
    return result("stale", `The attestation by ${who} expired on ${new Date(ends).toISOString().slice(0, 10)}.`);
  if (evidence.version !== undefined && entry.version !== undefined && entry.version !== evidence.version)
    return result("stale", `${who} attested it of version ${entry.version}, and ${evidence.version} is wanted.`);
  const until = ends === undefined ? "" : `, until ${new Date(ends).toISOString().slice(0, 10)}`;
  const note = entry.note === undefined ? "" : `: ${entry.note}`;
  return result("attested", `Attested by ${who} on ${entry.at.slice(0, 10)}${until}${note}`);
}

/** The earlier of what the person and what the checklist set. */
function expiryOf(entry: AttestEntry, expiresMs: number | undefined): number | undefined {
  const ends = [
    ...(entry.expiresAt === undefined ? [] : [Date.parse(entry.expiresAt)]),
    ...(expiresMs === undefined ? [] : [Date.parse(entry.at) + expiresMs]),
  ];
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** The last word of a kind that was not taken back since. */
function lastOf(entries: readonly LedgerEntry[], kind: "attest"): AttestEntry | undefined;
function lastOf(entries: readonly LedgerEntry[], kind: "waive"): WaiveEntry | undefined;
function lastOf(entries: readonly LedgerEntry[], kind: "attest" | "waive"): LedgerEntry | undefined {
  const revoked = entries.findLastIndex((entry) => entry.kind === "revoke");
  return entries.slice(revoked + 1).findLast((entry) => entry.kind === kind);
}

function made(item: ChecklistItem, state: ItemState, reason: string, clauses: readonly ClauseResult[]): JudgedItem {
  const { id, headings, text, line, depth, box } = item;
  return { id, headings, text, line, depth, box, state, settled: isSettled(state), reason, clauses };
}
