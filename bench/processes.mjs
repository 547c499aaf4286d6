import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { delimiter, join } from "node:path";

/** @returns {string | undefined} where a program is, if it can be run */
export function onPath(program) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return join(folder, program);
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Before this process keeps itself off one of them. */
export const coreCount = availableParallelism();

/** The command held to one core, where the system can do that and has more than one. */
export function pinned(words, core) {
  if (core === undefined || coreCount < 2 || onPath("taskset") === undefined) return words;
  return ["taskset", "-c", String(core), ...words];
}

/** Keeps this process off a core while something is measured there: its samples would be what makes arrivals late. */
function stayOff(core) {
  const cores = Array.from({ length: coreCount }, (_, i) => i);
  const others = core === undefined ? cores : cores.filter((one) => one !== core);
  if (others.length === 0 || onPath("taskset") === undefined) return;
  execFileSync("taskset", ["-a", "-c", "-p", others.join(","), String(process.pid)], { stdio: "ignore" });
}

let ticks;
/** Clock ticks a second, in which /proc counts CPU time. */
function ticksPerSecond() {
  ticks ??= Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  return ticks;
}

/**
 * Runs a generator to its end and watches what it costs.
 *
 * CPU time is what /proc said at most 50 ms before the end, all threads together.
 *
 * @returns {Promise<{ code: number, cpuSeconds: number, rssMaxBytes: number, rss: number[], output: string }>} rss once a sample
 */
export async function measureProcess(words, { core, timeoutMs = 120_000 } = {}) {
  const [command, ...rest] = pinned(words, core);
  if (core !== undefined) stayOff(core);
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (output += bytes));
  let cpuSeconds = 0;
  let rssMaxBytes = 0;
  const rss = [];
  const sample = () => {
    try {
      // After the name, which may hold anything: fields 14 and 15 of proc(5) are user and system time.
      const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ").at(-1).split(" ");
      cpuSeconds = Math.max(cpuSeconds, (Number(fields[11]) + Number(fields[12])) / ticksPerSecond());
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      const peak = /VmHWM:\s+(\d+)/.exec(status)?.[1];
      const now = /VmRSS:\s+(\d+)/.exec(status)?.[1];
      if (now !== undefined) rss.push(Number(now) * 1024);
      rssMaxBytes = Math.max(rssMaxBytes, Number(peak ?? 0) * 1024);
    } catch {
      // It has just ended; the last sample stands.
    }
  };
  const sampler = setInterval(sample, 50);
  const guard = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  try {
    const [code] = await once(child, "close");
    return { code: code ?? -1, cpuSeconds, rssMaxBytes, rss, output };
  } finally {
    clearInterval(sampler);
    clearTimeout(guard);
    if (core !== undefined) stayOff(undefined);
  }
}
