import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type NightlyState, nightlyStateSchema } from "../model/nightly.js";
import { writeFileAtomic } from "../record/atomic.js";
import { readJsonFile } from "../record/json-file.js";
import { makeNamedFolders } from "../record/make-folders.js";

// After this a night is over, whatever became of it.
const oldestMs = 20 * 3_600_000;

/** Where a night keeps how far it has come. */
export function statePath(reportsDir: string): string {
  return join(reportsDir, ".nightly.json");
}

/**
 * The unfinished night of the same request, if there is one.
 *
 * @throws {Problem} where the file is no such state; it is left as it is
 */
export function readState(path: string, key: string, now: Date): NightlyState | undefined {
  if (!existsSync(path)) return undefined;
  const hint = "Delete the file, or give --fresh, to begin the night anew.";
  const state = readJsonFile(path, nightlyStateSchema, "nightly state", hint);
  const age = now.getTime() - Date.parse(state.startedAt);
  return state.key === key && age >= 0 && age < oldestMs ? state : undefined;
}

/** Replaces the state as a whole: a crash leaves the old one or the new one. */
export async function writeState(path: string, state: NightlyState): Promise<void> {
  await makeNamedFolders(dirname(path));
  await writeFileAtomic(path, `${JSON.stringify(state)}\n`);
}

export async function removeState(path: string): Promise<void> {
  await rm(path, { force: true });
}
