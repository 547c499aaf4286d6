import { readFileSync } from "node:fs";
import type { DemoOptions } from "./options.js";
import { startDemoTarget } from "./target.js";

export interface ServeOptions extends Partial<DemoOptions> {
  /** Ends when this process does, however that ended. */
  readonly parentPid?: number;
}

const parentCheckMs = 200;

/**
 * The target as a process of its own: says where it listens, in one JSON line on stdout, and serves until
 * SIGTERM, SIGINT or its parent's end.
 *
 * @returns once it has closed; the caller may exit with 0
 * @throws {Problem} `demo.cannot-listen`
 */
export async function serveDemoTarget({ parentPid, ...options }: ServeOptions): Promise<void> {
  const target = await startDemoTarget(options);
  // A reader that goes away must not take the service with it.
  process.stdout.on("error", () => {});
  process.stdout.write(`${JSON.stringify({ event: "listening", url: target.url, pid: process.pid })}\n`);

  await new Promise<void>((ended) => {
    const end = () => {
      clearInterval(watch);
      ended();
    };
    const watch = parentPid === undefined ? undefined : watchProcessEnd(parentPid, end);
    process.once("SIGTERM", end);
    process.once("SIGINT", end);
  });
  await target.close();
}

function watchProcessEnd(pid: number, end: () => void): NodeJS.Timeout {
  const born = lifeOf(pid);
  return setInterval(() => {
    if (born === undefined || lifeOf(pid) !== born) end();
  }, parentCheckMs);
}

/** Changes when the pid is given to another process; undefined when it is gone, or dead and not yet collected. */
function lifeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    if (process.platform === "linux") return undefined;
  }
  try {
    process.kill(pid, 0);
    return "alive";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? "alive" : undefined;
  }
}
