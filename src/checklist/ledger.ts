import { createHash } from "node:crypto";
import * as z from "zod";
import { Problem } from "../model/problem.js";

const common = {
  schema: z.literal("loadline.ledger/1"),
  /** From 1, without gaps. */
  seq: z.number().int().min(1),
  at: z.iso.datetime(),
  /** Hash of the line before; 64 zeros in the first. */
  prev: z.string().regex(/^[0-9a-f]{64}$/),
  /** sha256 of this line without this field. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
};
const said = {
  /** Relative to the ledger's folder. */
  checklist: z.string(),
  item: z.string(),
  /** The sentence that was vouched for: another one needs another word. */
  text: z.string(),
  by: z.string().min(1),
  role: z.string().optional(),
  version: z.string().optional(),
};

export const ledgerEntrySchema = z.discriminatedUnion("kind", [
  z.object({
    ...common,
    kind: z.literal("attest"),
    ...said,
    note: z.string().optional(),
    expiresAt: z.iso.datetime().optional(),
  }),
  z.object({ ...common, kind: z.literal("waive"), ...said, reason: z.string().min(1), expiresAt: z.iso.datetime() }),
  z.object({ ...common, kind: z.literal("revoke"), ...said, note: z.string().optional() }),
  z.object({
    ...common,
    kind: z.literal("signoff"),
    statement: z.object({ path: z.string(), sha256: z.string() }),
    service: z.string(),
    version: z.string(),
    by: z.string(),
    run: z.string(),
    /** What was declared and gave no evidence, such as "probe tls"; absent where all did. */
    silent: z.array(z.string()).optional(),
  }),
]);
/** A line of the ledger. */
export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;
export type AttestEntry = Extract<LedgerEntry, { kind: "attest" }>;
export type WaiveEntry = Extract<LedgerEntry, { kind: "waive" }>;

type Sealed = "schema" | "seq" | "at" | "prev" | "hash";
type WithoutSeal<T> = T extends LedgerEntry ? Omit<T, Sealed> : never;
/** What a caller writes; number, time and hashes are the ledger's. */
export type LedgerContent = WithoutSeal<LedgerEntry>;

export const firstPrev = "0".repeat(64);

/** The next line after the last one, with its newline. */
export function ledgerLine(content: LedgerContent, last: LedgerEntry | undefined, now: Date): string {
  const open = {
    schema: "loadline.ledger/1" as const,
    seq: (last?.seq ?? 0) + 1,
    // A clock that was set back must not make the ledger lie: time stands still until it has caught up.
    at: last !== undefined && last.at > now.toISOString() ? last.at : now.toISOString(),
    ...content,
    prev: last?.hash ?? firstPrev,
  };
  return `${JSON.stringify({ ...open, hash: sha256(JSON.stringify(open)) })}\n`;
}

/** The first thing in a ledger that does not fit. */
export interface LedgerTrouble {
  /** From 1. */
  readonly line: number;
  readonly reason: string;
  readonly found: string;
  readonly expected: string;
}

/** Reads a ledger and checks each line's form, number, time, hash and chain. */
export function readLedger(text: string): {
  readonly entries: readonly LedgerEntry[];
  readonly trouble?: LedgerTrouble;
} {
  const entries: LedgerEntry[] = [];
  const lines = text.split("\n");
  const tail = lines.pop();
  for (const [i, line] of lines.entries()) {
    const checked = checkLine(line, entries.at(-1));
    if ("expected" in checked) return { entries, trouble: { line: i + 1, ...checked } };
    entries.push(checked);
  }
  if (tail === undefined || tail === "") return { entries };
  const trouble = {
    line: lines.length + 1,
    reason: "The last line has no end: it was cut off.",
    found: tail.slice(0, 60),
    expected: "a newline",
  };
  return { entries, trouble };
}

/** The entries of a whole ledger. @throws {Problem} `ledger.broken` with the line */
export function wholeLedger(text: string, path: string): readonly LedgerEntry[] {
  const { entries, trouble } = readLedger(text);
  if (trouble === undefined) return entries;
  throw new Problem("ledger.broken", `The ledger does not fit together: ${trouble.reason}`, {
    at: `${path}:${trouble.line}`,
    found: trouble.found,
    expected: trouble.expected,
    hint: "Restore the ledger from version control; nothing is built on a broken one.",
  });
}

function checkLine(line: string, last: LedgerEntry | undefined): LedgerEntry | Omit<LedgerTrouble, "line"> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return { reason: "The line is no JSON.", found: line.slice(0, 60), expected: "an entry" };
  }
  const entry = ledgerEntrySchema.safeParse(parsed);
  if (!entry.success) {
    const issue = entry.error.issues[0]!;
    return {
      reason: "The line is no entry.",
      found: issue.path.map(String).join(".") || line.slice(0, 60),
      expected: issue.message,
    };
  }
  const { seq, prev, at, hash } = entry.data;
  const wanted = (last?.seq ?? 0) + 1;
  if (seq !== wanted) return { reason: "The numbers have a gap.", found: String(seq), expected: String(wanted) };
  const { hash: _, ...open } = parsed as Record<string, unknown>;
  const digest = sha256(JSON.stringify(open));
  // Also a change that JSON would not notice, such as a blank, is a change of the file.
  if (digest !== hash || line !== JSON.stringify({ ...open, hash })) {
    return { reason: "The line was changed after it was written.", found: digest, expected: hash };
  }
  const before = last?.hash ?? firstPrev;
  if (prev !== before) return { reason: "The line does not follow the one before it.", found: prev, expected: before };
  if (last !== undefined && at < last.at)
    return { reason: "Time runs backwards.", found: at, expected: `${last.at} or later` };
  return entry.data;
}

export function sha256(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
