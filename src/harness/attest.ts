import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseBinding } from "../checklist/binding.js";
import type { LedgerEntry } from "../checklist/ledger.js";
import type { ChecklistItem } from "../model/checklist.js";
import { didYouMean } from "../model/nearest.js";
import { exitCodes, Problem } from "../model/problem.js";
import { readChecklistFile } from "./checklist-file.js";
import { appendToLedger, pathFrom } from "./ledger-file.js";

export interface AttestRequest {
  readonly kind: "attest" | "waive" | "revoke";
  /** An item's id, or the beginning of one that no other item has. */
  readonly item: string;
  /** Where the item is; else every checklist beside the ledger is searched. */
  readonly file?: string | undefined;
  readonly ledger: string;
  readonly by: string;
  readonly role?: string | undefined;
  /** Of a waiver: why, and not empty. */
  readonly note?: string | undefined;
  readonly version?: string | undefined;
  /** Milliseconds from now; a waiver must have one. */
  readonly expiresMs?: number | undefined;
  readonly now: Date;
}

/** A hundred years: what is meant to last longer needs no end. */
const longestMs = 100 * 365 * 86_400_000;

/**
 * Puts a person's word about an item into the ledger.
 *
 * @throws {Problem} `attest.item-unknown`, `attest.item-unclear`, `attest.machine-bound`, `attest.no-reason`,
 *   `attest.no-expiry`, `attest.nobody`, `attest.expiry`, `attest.other-role`, `ledger.broken`, `ledger.not-writable`
 */
export async function attest(request: AttestRequest): Promise<LedgerEntry> {
  const { kind, by, role, note, version, expiresMs, now } = request;
  if (by.trim() === "")
    throw usage("attest.nobody", "--by", "A word needs a person who gives it.", "Give a name with --by.");
  if (expiresMs !== undefined && !(expiresMs >= 1000 && expiresMs < longestMs)) {
    const hint = "Give a time with a unit, from 1s to 100 years, such as --expires 30d.";
    throw usage("attest.expiry", "--expires", "So long no word holds, or it ends at once.", hint);
  }
  const { file, item } = findItem(request);
  if (kind === "attest") refuseMachineBound(item, file);
  if (kind === "attest") refuseOtherRole(item, file, role);
  const said = {
    checklist: pathFrom(dirname(request.ledger), file),
    item: item.id,
    text: item.text,
    by,
    ...(role === undefined ? {} : { role }),
    ...(version === undefined ? {} : { version }),
  };
  const noted = note === undefined ? {} : { note };
  const expiresAt = expiresMs === undefined ? undefined : new Date(now.getTime() + expiresMs).toISOString();
  switch (kind) {
    case "attest":
      return appendToLedger(request.ledger, now, () => ({
        kind,
        ...said,
        ...noted,
        ...(expiresAt === undefined ? {} : { expiresAt }),
      }));
    case "revoke":
      return appendToLedger(request.ledger, now, () => ({ kind, ...said, ...noted }));
    case "waive":
      if (note === undefined || note.trim() === "")
        throw usage(
          "attest.no-reason",
          "--note",
          "A waiver needs a reason.",
          "Say with --note why the item may be open.",
        );
      if (expiresAt === undefined)
        throw usage("attest.no-expiry", "--expires", "A waiver needs an end.", "Give one, such as --expires 14d.");
      return appendToLedger(request.ledger, now, () => ({ kind, ...said, reason: note, expiresAt }));
  }
}

interface FoundItem {
  readonly file: string;
  readonly item: ChecklistItem;
}

function findItem({ item: wanted, file, ledger }: AttestRequest): FoundItem {
  const files = file === undefined ? checklistsBeside(ledger) : [file];
  const all = files.flatMap((path) => readChecklistFile(path).checklist.items.map((item) => ({ file: path, item })));
  const exact = all.filter(({ item }) => item.id === wanted);
  const found = exact.length > 0 ? exact : all.filter(({ item }) => item.id.startsWith(wanted));
  if (found.length === 1) return found[0]!;
  const names = all.map(({ item }) => item.id);
  const at = files.join(", ") || dirname(ledger);
  if (found.length === 0) {
    throw new Problem("attest.item-unknown", "There is no such item.", {
      at,
      found: wanted,
      expected: "an item's id",
      hint:
        files.length === 0
          ? "No document lies beside the ledger: name it with --checklist."
          : `See the ids with: loadline checklist FILE.${didYouMean(wanted, names.slice(0, 2000))}`,
      exitCode: exitCodes.usage,
    });
  }
  throw new Problem("attest.item-unclear", "Several items answer to that.", {
    at,
    found: found
      .slice(0, 5)
      .map((one) => `${one.file}: ${one.item.id}`)
      .join(", "),
    expected: "one item",
    hint: "Give the whole id, and the document with --checklist.",
    exitCode: exitCodes.usage,
  });
}

function checklistsBeside(ledger: string): string[] {
  const folder = dirname(ledger);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
    .map((entry) => join(folder, entry.name))
    .sort();
}

/** A word that cannot settle the item helps nobody, and looks as if it did. */
function refuseOtherRole(item: ChecklistItem, file: string, role: string | undefined): void {
  const clauses = item.bindings.flatMap((text) => parseBinding(text, `${file}:${item.line}`).clauses);
  const asked = clauses.flatMap((clause) =>
    clause.kind === "attest" && clause.role !== undefined ? [clause.role] : [],
  );
  if (asked.length === 0 || asked.some((one) => one === role)) return;
  throw new Problem("attest.other-role", "This item asks for somebody in another role.", {
    at: `${file}:${item.line}`,
    found: role ?? "no role",
    expected: asked.join(" or "),
    hint: `Say in which role: --role ${asked[0]}`,
    exitCode: exitCodes.usage,
  });
}

/** What a machine can prove, a person's word does not replace. */
function refuseMachineBound(item: ChecklistItem, file: string): void {
  const clauses = item.bindings.flatMap((text) => parseBinding(text, `${file}:${item.line}`).clauses);
  if (clauses.length === 0 || clauses.some(({ kind }) => kind === "attest")) return;
  throw new Problem("attest.machine-bound", "This item is bound to evidence; a person's word does not replace it.", {
    at: `${file}:${item.line}`,
    found: item.bindings.join("; "),
    expected: "an item without a binding, or one bound with attest",
    hint: "Waive it for a while instead: loadline attest ITEM --waive --by NAME --note WHY --expires 14d",
    exitCode: exitCodes.usage,
  });
}

function usage(code: string, at: string, message: string, hint: string): Problem {
  return new Problem(code, message, { at, hint, exitCode: exitCodes.usage });
}
