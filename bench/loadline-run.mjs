import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cores } from "./drive.mjs";
import { loadlineWords } from "./generators.mjs";
import { measureProcess } from "./processes.mjs";
import { onlyRunIn } from "./run-folder.mjs";

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
    const { folderBytes, manifest } = onlyRunIn(reports, ended.output);
    return { ...ended, folderBytes, manifest };
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}
