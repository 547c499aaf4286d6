import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { firstPrev, type LedgerEntry, readLedger, sha256 } from "../checklist/ledger.js";
import { type Statement, statementSchema } from "../checklist/statement.js";
import { Problem } from "../model/problem.js";
import { ledgerText, pathFrom } from "./ledger-file.js";
import { fileSha256 } from "./signoff.js";
import { checkSshSignature } from "./ssh-signature.js";

export interface VerifyRequest {
  /** A statement or its folder; without one, every sign-off that the ledger names. */
  readonly statement?: string | undefined;
  /** Where no statement says it. */
  readonly ledger: string;
  readonly allowedSigners?: string | undefined;
}

/** The first thing that does not fit. */
export interface Trouble {
  readonly what: "ledger" | "statement" | "signature" | "subject";
  /** A file, with a line where there is one. */
  readonly at: string;
  readonly reason: string;
  readonly found: string;
  readonly expected: string;
}

export interface Verified {
  readonly schema: "loadline.verify/1";
  readonly ok: boolean;
  readonly statements: readonly { readonly path: string; readonly signer: string | null; readonly subjects: number }[];
  readonly ledgerEntries: number;
  readonly trouble: Trouble | null;
  /** What was not checked, in words. */
  readonly notes: readonly string[];
}

/** Thrown inside only: everything after the first trouble is left alone. */
class Mismatch extends Error {
  constructor(readonly trouble: Trouble) {
    super(trouble.reason);
  }
}

/**
 * Checks ledger, statements, signatures and digests, from the files alone.
 *
 * @throws {Problem} `verify.nothing` where there is neither statement nor ledger, `verify.no-signers`, `ledger.unreadable`
 */
export async function verify(request: VerifyRequest): Promise<Verified> {
  refuseNoSigners(request.allowedSigners);
  const statements: { path: string; signer: string | null; subjects: number }[] = [];
  const notes: string[] = [];
  let ledgerEntries = 0;
  const done = (trouble: Trouble | null): Verified => {
    return { schema: "loadline.verify/1", ok: trouble === null, statements, ledgerEntries, trouble, notes };
  };
  try {
    const given = request.statement === undefined ? undefined : statementPath(request.statement);
    // The statement names its ledger, and may have been changed to name another: the ledger must know it again.
    const ledger = given === undefined ? request.ledger : ledgerOf(given, request.ledger);
    const entries = checkedLedger(ledger);
    ledgerEntries = entries.length;
    const paths = given === undefined ? statementsOf(entries, ledger) : [given];
    if (given === undefined) refuseUnknown(entries, ledger);
    for (const path of paths) {
      const statement = await checkStatement(path, ledger, entries);
      const signer = await checkSignature(path, statement, request.allowedSigners, notes);
      await checkSubjects(path, statement);
      notes.push(...silences(statement, predecessor(path, statement, ledger, entries)));
      statements.push({ path, signer, subjects: statement.subject.length });
    }
    return done(null);
  } catch (error) {
    if (error instanceof Mismatch) return done(error.trouble);
    throw error;
  }
}

/** What was declared and gave no evidence, and what gave some at the sign-off before and is not even declared now. */
function silences({ predicate }: Statement, before: Statement | undefined): string[] {
  const { subsystems, signOff } = predicate;
  if (subsystems === undefined) return [];
  const of = `${signOff.service} ${signOff.version}`;
  const key = ({ kind, name }: { readonly kind: string; readonly name: string }) => `${kind} ${name}`;
  const now = new Set([...subsystems.heard, ...subsystems.silent].map(key));
  const gone = (before?.predicate.subsystems?.heard ?? []).map(key).filter((one) => !now.has(one));
  return [
    ...subsystems.silent.map(({ reason }) => `${of}: silent. ${reason}`),
    ...gone.map(
      (one) =>
        `${of}: gone. The ${one} gave evidence for ${before!.predicate.signOff.version}, and is not declared any more.`,
    ),
  ];
}

/** The sign-off before it, of the same service by the same checklist; only one that is as the ledger knows it. */
function predecessor(
  path: string,
  statement: Statement,
  ledger: string,
  entries: readonly LedgerEntry[],
): Statement | undefined {
  const folder = dirname(ledger);
  // The first subject of a statement is its checklist.
  const checklistOf = (file: string, { subject }: Statement) => resolve(dirname(file), subject[0]!.name);
  const name = pathFrom(folder, path);
  const before = entries.slice(
    0,
    entries.findIndex((entry) => entry.kind === "signoff" && entry.statement.path === name),
  );
  for (const entry of before.reverse()) {
    if (entry.kind !== "signoff" || entry.service !== statement.predicate.signOff.service) continue;
    const file = join(folder, entry.statement.path);
    const text = existsSync(file) ? readFileSync(file) : undefined;
    if (text === undefined || sha256(text) !== entry.statement.sha256) continue;
    const { data } = statementSchema.safeParse(JSON.parse(text.toString("utf8")));
    if (data !== undefined && checklistOf(file, data) === checklistOf(path, statement)) return data;
  }
  return undefined;
}

/** Without it every signature would look like a stranger's. */
function refuseNoSigners(path: string | undefined): void {
  if (path === undefined || (existsSync(path) && statSync(path).isFile())) return;
  throw new Problem("verify.no-signers", "There is no such file of allowed signers.", {
    at: path,
    expected: "lines such as: ada@example.com ssh-ed25519 AAAA…",
    hint: "man ssh-keygen, ALLOWED SIGNERS, has the format.",
  });
}

function statementPath(given: string): string {
  const path = existsSync(given) && statSync(given).isDirectory() ? join(given, "statement.json") : given;
  if (existsSync(path)) return path;
  throw new Problem("verify.nothing", "There is no such statement.", {
    at: given,
    expected: "a statement.json or the folder that holds it",
    hint: "Sign-offs lie in checklists/signoffs/.",
  });
}

function ledgerOf(statement: string, fallback: string): string {
  try {
    const parsed = statementSchema.safeParse(JSON.parse(readFileSync(statement, "utf8")));
    if (parsed.success && !isAbsolute(parsed.data.predicate.ledger.path)) {
      const named = join(dirname(statement), parsed.data.predicate.ledger.path);
      if (existsSync(named)) return named;
    }
  } catch {
    // That it cannot be read is told when it is checked.
  }
  return fallback;
}

function checkedLedger(path: string): readonly LedgerEntry[] {
  if (!existsSync(path)) {
    throw new Problem("verify.nothing", "There is no ledger.", {
      at: path,
      hint: "Name it with --ledger; it is made by loadline attest and loadline signoff.",
    });
  }
  const { entries, trouble } = readLedger(ledgerText(path));
  if (trouble === undefined) return entries;
  const { line, reason, found, expected } = trouble;
  throw new Mismatch({ what: "ledger", at: `${path}:${line}`, reason, found, expected });
}

function statementsOf(entries: readonly LedgerEntry[], ledger: string): string[] {
  return entries.flatMap((entry) => (entry.kind === "signoff" ? [join(dirname(ledger), entry.statement.path)] : []));
}

/** A ledger that was cut back to an earlier whole state has forgotten sign-offs that still lie beside it. */
function refuseUnknown(entries: readonly LedgerEntry[], ledger: string): void {
  const folder = join(dirname(ledger), "signoffs");
  if (!existsSync(folder)) return;
  const known = new Set(statementsOf(entries, ledger));
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name, "statement.json");
    if (!existsSync(path) || known.has(path)) continue;
    const reason = "A sign-off lies beside the ledger that the ledger does not know.";
    throw new Mismatch({ what: "ledger", at: ledger, reason, found: `${entries.length} entries`, expected: path });
  }
}

async function checkStatement(path: string, ledger: string, entries: readonly LedgerEntry[]): Promise<Statement> {
  const wrong = (reason: string, found: string, expected: string): Mismatch =>
    new Mismatch({ what: "statement", at: path, reason, found, expected });
  const name = pathFrom(dirname(ledger), path);
  const entry = entries.find((one) => one.kind === "signoff" && one.statement.path === name);
  if (entry?.kind !== "signoff")
    throw wrong("The ledger does not know this statement.", name, `a sign-off in ${ledger}`);
  if (!existsSync(path)) throw wrong("The statement is missing.", "no file", entry.statement.sha256);
  const text = readFileSync(path);
  const digest = sha256(text);
  if (digest !== entry.statement.sha256)
    throw wrong("The statement was changed after it was sealed.", digest, entry.statement.sha256);
  let value: unknown;
  try {
    value = JSON.parse(text.toString("utf8"));
  } catch {
    throw wrong("The statement is no JSON.", "unreadable text", "an in-toto statement");
  }
  const parsed = statementSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw wrong("The statement has another form.", issue.path.map(String).join("."), issue.message);
  }
  const { seq, hash } = parsed.data.predicate.ledger;
  const before = seq === 0 ? firstPrev : entries[seq - 1]?.hash;
  if (before !== hash || entry.prev !== hash) {
    const reason = "The ledger is not the one that the sign-off was chained to.";
    throw new Mismatch({ what: "ledger", at: `${ledger}:${seq}`, reason, found: before ?? "nothing", expected: hash });
  }
  return parsed.data;
}

async function checkSignature(
  path: string,
  statement: Statement,
  allowedSigners: string | undefined,
  notes: string[],
): Promise<string | null> {
  const signature = `${path}.sig`;
  const wrong = (reason: string, found: string): Mismatch =>
    new Mismatch({
      what: "signature",
      at: signature,
      reason,
      found,
      expected: "a good SSH signature of the statement",
    });
  if (statement.predicate.signature === "none") {
    if (allowedSigners !== undefined) throw wrong("The statement is not signed.", "no signature");
    notes.push(`${path} is not signed: whoever can write the files could have made it.`);
    return null;
  }
  if (!existsSync(signature)) throw wrong("The signature is missing.", "no file");
  const check = await checkSshSignature(path, allowedSigners);
  if (!check.ok) throw wrong("The signature does not fit.", check.said);
  if (check.signer === undefined) notes.push(`${path} is signed; by whom was not checked (give --allowed-signers).`);
  return check.signer ?? null;
}

async function checkSubjects(path: string, statement: Statement): Promise<void> {
  for (const { name, digest } of statement.subject) {
    const file = join(dirname(path), name);
    const wrong = (reason: string, found: string): Mismatch =>
      new Mismatch({ what: "subject", at: isAbsolute(name) ? name : file, reason, found, expected: digest.sha256 });
    if (isAbsolute(name) || name.includes("\0")) throw wrong("A subject must lie beside the statement.", name);
    if (!existsSync(file)) throw wrong("The file is missing.", "no file");
    if (!statSync(file).isFile()) throw wrong("This is no file.", "something else");
    const found = await fileSha256(file);
    if (found !== digest.sha256) throw wrong("The file was changed after it was sealed.", found);
  }
}
