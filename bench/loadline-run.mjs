import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cores } from "./drive.mjs";
import { loadlineWords } from "./generators.mjs";
import { measureProcess } from "./processes.mjs";

/**
 * One run of ours with what it wrote: for figures that only its own record holds.
 *
 * @returns what {@link measureProcess} gives, with the manifest and the folder's size in bytes
 */
export async function runLoadline(load) {
  const reports = mkdtempSync(join(tmpdir(), "loadline-bench-run-"));
  try {
    const ended = await measureProcess(loadlineWords(load, reports), {
      core: cores.generator,
      timeoutMs: (load.seconds + 60) * 1000,
    });
    const scenario = readdirSync(reports)[0];
    const run = scenario === undefined ? undefined : readdirSync(join(reports, scenario))[0];
    if (run === undefined) throw new Error(`The run left no folder:\n${ended.output.slice(-2000)}`);
    const folder = join(reports, scenario, run);
    const files = readdirSync(folder, { recursive: true }).map((name) => statSync(join(folder, name)));
    const folderBytes = files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
    return { ...ended, folderBytes, manifest: JSON.parse(readFileSync(join(folder, "run.json"), "utf8")) };
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}
