import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { hasEnded, readAllStats } from "./procfs.js";

const termGraceMs = 5000;
const pollMs = 20;

/** @returns false once no process of the group runs; those that only wait to be collected do not */
export function groupLives(groupId: number): boolean {
  if (!signalGroup(groupId, 0)) return false;
  const all = readAllStats();
  return all.length === 0 || all.some((stat) => stat.groupId === groupId && !hasEnded(stat));
}

/** SIGTERM to the whole group, SIGKILL to what is left of it after five seconds. */
export async function stopGroup(groupId: number, graceMs = termGraceMs): Promise<void> {
  signalGroup(groupId, "SIGTERM");
  const untilMs = performance.now() + graceMs;
  while (groupLives(groupId) && performance.now() < untilMs) await new Promise((done) => setTimeout(done, pollMs));
  signalGroup(groupId, "SIGKILL");
}

/**
 * Starts a small process that ends the group when we die, even by SIGKILL: its input breaks off then.
 *
 * @returns takes the guard back; call it once the group has been stopped
 */
export function guardGroup(groupId: number): () => Promise<void> {
  const program = `read -r _ && exit 0
    kill -s TERM -- "-$1"
    for second in 1 2 3 4 5; do sleep 1; kill -s 0 -- "-$1" || exit 0; done
    kill -s KILL -- "-$1"`;
  // Its own session: Ctrl-C in a terminal must not end the guard before the guarded.
  const guard: ChildProcess = spawn("/bin/sh", ["-c", program, "loadline-guard", String(groupId)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  // Without a /bin/sh the run goes on unguarded: stop() still ends the group in every orderly end.
  guard.on("error", () => {});
  guard.stdin?.on("error", () => {});
  guard.unref();
  return async () => {
    if (guard.pid === undefined || guard.exitCode !== null || guard.signalCode !== null) return;
    const ended = once(guard, "exit");
    // With nothing else to wait for, the program would end here and not come back from this.
    guard.ref();
    guard.stdin?.end("\n");
    await ended;
  };
}

/** @returns whether there was anything to signal */
function signalGroup(groupId: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-groupId, signal);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
