import { existsSync } from "node:fs";
import { mkdir, readdir, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Baseline, baselineSchema } from "../model/baseline.js";
import { Problem } from "../model/problem.js";
import type { RunRecord } from "../model/run.js";
import { writeFileAtomic } from "../record/atomic.js";
import { decodeHistogram } from "../record/codec.js";
import { readJsonFile } from "../record/json-file.js";
import { checkAcceptable } from "./acceptable.js";
import { withLock } from "./lock.js";
import { makeBaseline } from "./make.js";
import { baselinePath } from "./place.js";

export interface AcceptOptions {
  /** The baselines' folder; created when missing. */
  readonly dir: string;
  readonly name: string;
  /** Who accepts. */
  readonly by: string;
  /** Why; may be empty. */
  readonly note: string;
  /** Take the place of a baseline of that name. Default false. */
  readonly replace?: boolean;
  /** When; now unless given. */
  readonly at?: Date;
}

const hint = "Restore the file from git, or accept the runs again with --replace.";

/**
 * Stores runs as the baseline of their scenario.
 *
 * @param records read with their histories, of one scenario, script, load and environment
 * @returns the path of the file
 * @throws {Problem} `baseline.no-runs`, `baseline.run-invalid` and `baseline.run-incomplete` (exit 112),
 *   `baseline.runs-unlike`, `baseline.run-twice`, `baseline.exists`, `baseline.name-invalid`, `baseline.locked`,
 *   `baseline.not-writable`
 */
export async function acceptBaseline(records: readonly RunRecord[], options: AcceptOptions): Promise<string> {
  checkAcceptable(records);
  const scenario = records[0]!.manifest.scenario;
  const path = baselinePath(options.dir, scenario, options.name);
  const text = serialise(makeBaseline(records, options));
  return writing(path, async () => {
    if (options.replace !== true && existsSync(path)) {
      throw new Problem("baseline.exists", `There is already a baseline "${options.name}" of ${scenario}.`, {
        at: path,
        hint: "Choose another --name, or give --replace.",
      });
    }
    await writeFileAtomic(path, text);
    return path;
  });
}

/**
 * A stored baseline, validated down to its histograms.
 *
 * @returns undefined where there is none of that name
 * @throws {Problem} `baseline.unreadable`, `baseline.not-json`, `baseline.invalid`, `histogram.unreadable` with path,
 *   place, found and expected (exit 104); `baseline.name-invalid`
 */
export function readBaseline(dir: string, scenario: string, name: string): Baseline | undefined {
  const path = baselinePath(dir, scenario, name);
  return existsSync(path) ? readBaselineFile(path) : undefined;
}

function readBaselineFile(path: string): Baseline {
  const baseline = readJsonFile(path, baselineSchema, "baseline", hint);
  baseline.runs.forEach((run, i) => {
    for (const [series, text] of Object.entries(run.totals))
      decodeHistogram(text, `${path}: runs.${i}.totals.${series}`);
  });
  return baseline;
}

export interface StoredBaseline {
  readonly path: string;
  readonly scenario: string;
  readonly name: string;
  readonly acceptedAt: string;
  readonly acceptedBy: string;
  readonly note: string;
  readonly runs: readonly string[];
}

/**
 * Every baseline below a folder, by scenario and name; empty where the folder does not exist.
 *
 * @throws {Problem} as {@link readBaseline}, for the first file that is not sound
 */
export async function listBaselines(dir: string): Promise<StoredBaseline[]> {
  const found: StoredBaseline[] = [];
  for (const folder of await entriesOf(dir)) {
    if (!folder.isDirectory() || folder.name.startsWith(".")) continue;
    for (const file of await entriesOf(join(dir, folder.name))) {
      if (!file.isFile() || !file.name.endsWith(".json") || file.name.startsWith(".")) continue;
      const path = join(dir, folder.name, file.name);
      const { scenario, name, acceptedAt, acceptedBy, note, runs } = readBaselineFile(path);
      found.push({ path, scenario, name, acceptedAt, acceptedBy, note, runs: runs.map((run) => run.id) });
    }
  }
  return found;
}

/**
 * Deletes a baseline; the scenario's history stays.
 *
 * @returns the path that was removed
 * @throws {Problem} `baseline.not-found`, `baseline.name-invalid`, `baseline.locked`
 */
export async function removeBaseline(dir: string, scenario: string, name: string): Promise<string> {
  const path = baselinePath(dir, scenario, name);
  const missing = new Problem("baseline.not-found", `There is no baseline "${name}" of ${scenario}.`, {
    at: path,
    hint: "See what there is with: loadline baseline list",
  });
  if (!existsSync(path)) throw missing;
  return writing(path, async () => {
    if (!existsSync(path)) throw missing;
    await unlink(path);
    return path;
  });
}

async function entriesOf(dir: string) {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Changes a file below a folder that is made when missing, alone, with the system's refusals told as problems. */
async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    await mkdir(dirname(path), { recursive: true });
    return await withLock(join(dirname(path), `.${basename(path)}.lock`), work);
  } catch (cause) {
    if (cause instanceof Problem || !(cause instanceof Error && "code" in cause)) throw cause;
    throw new Problem("baseline.not-writable", "The baseline cannot be written.", {
      at: path,
      found: cause.message,
      hint: "Make the folder writable, make room on the disk, or choose another with --baselines.",
      cause,
    });
  }
}

/** Made for git: indented, keys in the order of the schema, so one histogram a line. */
function serialise(baseline: Baseline): string {
  return `${JSON.stringify(baselineSchema.parse(baseline), undefined, 2)}\n`;
}
