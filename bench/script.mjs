import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { cores } from "./drive.mjs";
import { pinned } from "./processes.mjs";

const iterations = 100_000;

async function costOf(how, target) {
  const script = join(import.meta.dirname, "scripts", "get-check.js");
  const loop = join(import.meta.dirname, "script-loop.mjs");
  const [command, ...rest] = pinned(
    [process.execPath, loop, how, target.url, String(iterations), script],
    cores.generator,
  );
  const { stdout } = await promisify(execFile)(command, rest, { timeout: 300_000 });
  return JSON.parse(stdout);
}

/** What a script costs beside the same calls written for our HTTP client by hand. The goal is a ratio of at most 1.10. */
export const script = {
  title: "CPU of an iteration of http.get and check, closed loop of 10, start-up not counted",
  columns: { cpuUs: "CPU µs an iteration" },
  ratio: "cpuUs",
  cases: (target) => [
    { name: "by hand", run: () => costOf("native", target) },
    { name: "script", run: () => costOf("script", target) },
  ],
};
