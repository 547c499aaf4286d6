import { existsSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { withLock } from "../baseline/lock.js";
import { type LedgerContent, type LedgerEntry, ledgerLine, wholeLedger } from "../checklist/ledger.js";
import { Problem } from "../model/problem.js";
import { makeFolders } from "../record/make-folders.js";

/** Every entry; none where there is no ledger yet. @throws {Problem} `ledger.broken`, `ledger.unreadable` */
export function readLedgerFile(path: string): readonly LedgerEntry[] {
  return existsSync(path) ? wholeLedger(ledgerText(path), path) : [];
}

/** @throws {Problem} `ledger.unreadable` */
export function ledgerText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new Problem("ledger.unreadable", "The ledger cannot be read.", {
      at: path,
      found: (cause as NodeJS.ErrnoException).code,
      expected: "a file of lines, as loadline attest writes it",
      hint: "Name the right one with --ledger.",
      cause,
    });
  }
}

/**
 * Appends one entry while nobody else does.
 *
 * @param content made from the entries that are there, under the lock
 * @returns the entry as written
 * @throws {Problem} `ledger.broken`, `ledger.not-writable`
 */
export async function appendToLedger(
  path: string,
  now: Date,
  content: (entries: readonly LedgerEntry[]) => LedgerContent | Promise<LedgerContent>,
): Promise<LedgerEntry> {
  try {
    await makeFolders(dirname(path));
    return await withLock(join(dirname(path), `.${basename(path)}.lock`), async () => {
      const entries = readLedgerFile(path);
      const line = ledgerLine(await content(entries), entries.at(-1), now);
      await appendWhole(path, line);
      return JSON.parse(line) as LedgerEntry;
    });
  } catch (cause) {
    const isLocked = cause instanceof Problem && cause.code === "baseline.locked";
    if (cause instanceof Problem && !isLocked) throw cause;
    if (!isLocked && !(cause instanceof Error && "code" in cause)) throw cause;
    throw new Problem("ledger.not-writable", "The ledger cannot be written.", {
      at: path,
      found: cause instanceof Error ? cause.message : String(cause),
      hint: "Wait for the other process, make the folder writable, or choose another with --ledger.",
      cause,
    });
  }
}

/** A line that could not be written to its end, on a full disk, is taken back: half of one would break the ledger. */
async function appendWhole(path: string, line: string): Promise<void> {
  const file = await open(path, "a");
  try {
    const { size } = await file.stat();
    try {
      await file.writeFile(line);
      await file.sync();
    } catch (error) {
      await file.truncate(size).catch(() => {});
      throw error;
    }
  } finally {
    await file.close();
  }
}

/** A path as files beside each other name one another: with slashes, from a folder. */
export function pathFrom(folder: string, path: string): string {
  return relative(resolve(folder), resolve(path)).split(sep).join("/");
}
