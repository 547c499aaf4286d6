import { randomBytes } from "node:crypto";
import { link, open, readFile, rename, unlink } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { Problem } from "../model/problem.js";

export interface LockOptions {
  /** How long to wait for another writer; 5,000 unless given. */
  readonly waitMs?: number;
}

/**
 * Does something while no other process holds the same lock file.
 *
 * The file names its owner. The lock of a process that no longer lives on this machine is taken over; one of another
 * machine is never, because nobody here can know.
 *
 * @throws {Problem} `baseline.locked` when another writer does not finish in time; the system's error where the folder
 *   cannot be written
 */
export async function withLock<T>(path: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const mine = JSON.stringify({ pid: process.pid, host: hostname(), key: randomBytes(4).toString("hex") });
  const deadline = performance.now() + (options.waitMs ?? 5000);
  while (!(await tryCreate(path, mine))) {
    const owner = await readFile(path, "utf8").catch(() => undefined);
    // Gone in between: try again at once.
    if (owner === undefined) continue;
    if (isAbandoned(owner) && (await remove(path, owner))) continue;
    if (performance.now() > deadline) throw locked(path, owner);
    await pause(25);
  }
  try {
    return await work();
  } finally {
    await remove(path, mine);
  }
}

async function tryCreate(path: string, content: string): Promise<boolean> {
  // Linked into place whole: a lock that another process reads is never half written.
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString("hex")}`;
  const file = await open(temporary, "wx");
  try {
    await file.writeFile(content);
    await file.close();
    await link(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await unlink(temporary).catch(() => {});
  }
}

/** Removes the lock only where it is still the expected one: another process may have replaced it meanwhile. */
async function remove(path: string, expected: string): Promise<boolean> {
  const aside = `${path}.${process.pid}-${randomBytes(4).toString("hex")}`;
  try {
    await rename(path, aside);
  } catch {
    return false;
  }
  const found = await readFile(aside, "utf8").catch(() => expected);
  if (found !== expected) await link(aside, path).catch(() => {});
  await unlink(aside).catch(() => {});
  return found === expected;
}

function isAbandoned(owner: string): boolean {
  let parsed: { readonly pid?: unknown; readonly host?: unknown } | null;
  try {
    parsed = JSON.parse(owner) as typeof parsed;
  } catch {
    return false;
  }
  if (typeof parsed?.pid !== "number" || parsed.host !== hostname()) return false;
  try {
    process.kill(parsed.pid, 0);
    return false;
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

function locked(path: string, owner: string): Problem {
  return new Problem("baseline.locked", "Another process is writing here.", {
    at: path,
    found: owner.slice(0, 200),
    expected: "no lock, or one that is soon released",
    hint: "Wait for the other process; if there is none, delete the lock file.",
  });
}
