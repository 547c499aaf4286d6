import { existsSync, readFileSync } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { withLock } from "../baseline/lock.js";
import { type LedgerContent, type LedgerEntry, ledgerLine, wholeLedger } from "../checklist/ledger.js";
import { Problem } from "../model/problem.js";

/** Every entry; none where there is no ledger yet. @throws {Problem} `ledger.broken` */
export function readLedgerFile(path: string): readonly LedgerEntry[] {
  return existsSync(path) ? wholeLedger(readFileSync(path, "utf8"), path) : [];
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
    await mkdir(dirname(path), { recursive: true });
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
