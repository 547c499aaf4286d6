import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const bin = join(import.meta.dirname, "..", "dist", "cli", "bin.js");

/**
 * The only run below a reports folder.
 *
 * @param {string} output what the command printed, for the case that it left none
 */
export function onlyRunIn(reports, output) {
  const scenario = readdirSync(reports)[0];
  const run = scenario === undefined ? undefined : readdirSync(join(reports, scenario))[0];
  if (run === undefined) throw new Error(`The run left no folder:\n${output.slice(-2000)}`);
  const folder = join(reports, scenario, run);
  const files = readdirSync(folder, { recursive: true }).map((name) => statSync(join(folder, name)));
  const folderBytes = files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
  return { folder, folderBytes, manifest: JSON.parse(readFileSync(join(folder, "run.json"), "utf8")) };
}

/**
 * `loadline` with these words, as a user would call it; its run folder is read and thrown away.
 *
 * @param {{ timeoutMs: number, program?: string, read?: (folder: string) => unknown }} options `program` stands for `loadline`
 * @returns {Promise<{ code: number, manifest: object, resources: object[], windows: object[], output: string, read: unknown }>}
 */
export async function runForRecord(words, { timeoutMs, program = bin, read }) {
  const reports = mkdtempSync(join(tmpdir(), "loadline-bench-run-"));
  const child = spawn(process.execPath, [program, ...words, "--reports", reports], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (output += bytes));
  const guard = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  try {
    const [code] = await once(child, "close");
    const { folder, manifest } = onlyRunIn(reports, output);
    const lines = (file) => {
      const text = readFileSync(join(folder, file), "utf8");
      return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
    };
    const windows = words[0] === "run" ? lines("counters.ndjson") : [];
    return { code: code ?? -1, manifest, resources: lines("resources.ndjson"), windows, output, read: read?.(folder) };
  } finally {
    clearTimeout(guard);
    rmSync(reports, { recursive: true, force: true });
  }
}
