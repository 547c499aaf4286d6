import { readdirSync, readFileSync } from "node:fs";
import { getPriority, setPriority } from "node:os";

/**
 * By so much the priority of V8's threads is lower. Further down, a thread that waits for one of them waits too long where
 * another program has the core: with 19, a busy machine made arrivals 200 ms late.
 */
const helperNice = 10;
const lowest = 19;
/** As Node starts them, before anything else: two of its own, four of V8's. Not so with `--v8-pool-size`. */
const startedWithNode = 6;

/**
 * Lets V8's own threads, which compile and collect garbage beside the others, give way to those that keep time.
 *
 * Four of them compile what a load has just begun to run. On a core that they share with the engine they got half of it
 * for the first second, and arrivals at 5,000/s found no VU that was not waiting for the engine.
 *
 * To be called before any thread is started: those have the priority of the one that started them. Does nothing where the
 * system has no such threads or does not let us.
 */
export function giveEnginePrecedence(): void {
  for (const id of helpers()) {
    try {
      // On Linux a priority is a thread's own.
      setPriority(id, Math.min(lowest, getPriority() + helperNice));
    } catch {
      // It has ended, or a sandbox forbids it.
    }
  }
}

function helpers(): readonly number[] {
  try {
    const others = readdirSync("/proc/self/task")
      .map(Number)
      .filter((id) => id !== process.pid)
      .sort((a, b) => a - b);
    const named = others.filter((id) => nameOf(id) === "V8Worker\n");
    // Node 20 gives them no names. Those that come later, libuv's, work for scripts, too.
    return named.length > 0 ? named : others.slice(0, startedWithNode);
  } catch {
    return [];
  }
}

function nameOf(id: number): string | undefined {
  try {
    return readFileSync(`/proc/self/task/${id}/comm`, "latin1");
  } catch {
    return undefined;
  }
}
