import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { coreCount, onPath, pinned } from "./processes.mjs";

/**
 * Starts the server that stamps arrivals, in C where a compiler is on the PATH, else in Node.
 *
 * @param {{ kind?: "c" | "node", core?: number, source?: "stamp-server" | "truth-server", awake?: boolean }} [options] the truth server is C only;
 * one in C that is `awake` never sleeps, so that its own wake-up is in no stamp, and keeps a core busy
 * @returns {Promise<{ kind: "c" | "node", url: string, reset(): Promise<void>, stamps(): Promise<BigUint64Array>, stop(): Promise<void> }>}
 */
export async function startTarget({
  kind = onPath("cc") ? "c" : "node",
  core,
  source = "stamp-server",
  awake = false,
} = {}) {
  const built = kind === "c" ? compile(source) : undefined;
  const words =
    built === undefined
      ? [process.execPath, join(import.meta.dirname, "stamp-server.mjs")]
      : [built.binary, ...(awake && coreCount > 1 ? ["awake"] : [])];
  const [command, ...rest] = pinned(words, core);
  const child = spawn(command, rest, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "close");
  const firstLine = once(createInterface(child.stdout), "line").then(([line]) => line);
  const line = await Promise.race([firstLine, ended.then(() => "")]);
  const port = /^port (\d+)$/.exec(line)?.[1];
  if (port === undefined) throw new Error("The stamping server did not start.");
  const url = `http://127.0.0.1:${port}`;
  const get = async (path) => (await fetch(url + path)).arrayBuffer();
  return {
    kind,
    url,
    reset: async () => void (await get("/__reset")),
    stamps: async () => new BigUint64Array(await get("/__stamps")),
    stop: async () => {
      child.kill();
      await ended;
      built?.remove();
    },
  };
}

/** Compiles one of the C programs beside this file, for as long as `remove` is not called. */
export function compile(source) {
  if (onPath("cc") === undefined) throw new Error(`${source} needs a C compiler, cc, on the PATH.`);
  const folder = mkdtempSync(join(tmpdir(), "loadline-bench-"));
  const binary = join(folder, source);
  execFileSync("cc", ["-O2", "-Wall", "-Wextra", "-o", binary, join(import.meta.dirname, `${source}.c`)]);
  return { binary, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
