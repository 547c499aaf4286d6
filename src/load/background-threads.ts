import { readdirSync } from "node:fs";
import { constants, setPriority } from "node:os";

/** V8's platform is the first that a process starts: four workers and their timer. */
const platformThreads = 5;

/**
 * Lets V8's own threads, which compile and collect garbage beside the load, wait for the load where they share a core.
 *
 * On one core a job of theirs holds up arrivals for milliseconds: in a run's first seconds, when most code is compiled, the p99 of
 * lateness was half as long again. What waits for such a job runs meanwhile, so nothing is lost. Linux only: there a priority
 * is a thread's own.
 */
export function lowerBackgroundThreads(): void {
  if (process.platform !== "linux") return;
  try {
    const threads = readdirSync("/proc/self/task").map(Number);
    threads.sort((a, b) => a - b);
    for (const thread of threads.slice(1, 1 + platformThreads)) setPriority(thread, constants.priority.PRIORITY_LOW);
  } catch {
    // A system that hides its threads keeps them as they are.
  }
}
