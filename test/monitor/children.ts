import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const started: ChildProcess[] = [];

/** Runs a program under Node.js and waits for its first line. */
export async function runScript(source: string): Promise<{ child: ChildProcess; pid: number; firstLine: string }> {
  const child = spawn(process.execPath, ["-e", source], { stdio: ["pipe", "pipe", "inherit"] });
  started.push(child);
  const [firstLine] = (await once(createInterface({ input: child.stdout! }), "line")) as [string];
  return { child, pid: child.pid!, firstLine };
}

export function killAll(): void {
  for (const child of started.splice(0)) child.kill("SIGKILL");
}

export function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** Whether a process runs; one that only waits to be collected does not. */
export function runs(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2)[0] !== "Z";
  } catch {
    return false;
  }
}

/** Waits until a condition holds. @returns whether it did in time */
export async function eventually(holds: () => boolean, withinMs = 3000): Promise<boolean> {
  const untilMs = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > untilMs) return false;
    await pause(20);
  }
  return true;
}
