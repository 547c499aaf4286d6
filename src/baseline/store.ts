import { existsSync } from "node:fs";
import { readdir, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Baseline, baselineSchema, type ReadBaseline } from "../model/baseline.js";
import { exitCodes, Problem } from "../model/problem.js";
import type { RunRecord } from "../model/run.js";
import { writeFileAtomic } from "../record/atomic.js";
import { decodeHistogram } from "../record/codec.js";
import { checkJson, readJson } from "../record/json-file.js";
import { makeFolders } from "../record/make-folders.js";
import { checkAcceptable } from "./acceptable.js";
import { withLock } from "./lock.js";
import { type Acceptance, makeBaseline } from "./make.js";
import { migrateBaseline } from "./migrate.js";
import { baselinePath } from "./place.js";
import { rollBaseline } from "./rolling.js";

export interface AcceptOptions extends Acceptance {
  /** The baselines' folder; created when missing. */
  readonly dir: string;
  /** Take the place of a baseline of that name. Default false. */
  readonly replace?: boolean;
  /** Add to a baseline of that name and keep the newest so many runs. */
  readonly keep?: number | undefined;
}

const hint = "Restore the file from git, or accept the runs again with --replace.";

/**
 * Stores runs as the baseline of their scenario.
 *
 * @param records read with their histories, of one scenario, script, load and environment
 * @returns the path of the file
 * @throws {Problem} `baseline.no-runs`, `baseline.run-invalid` and `baseline.run-incomplete` (exit 112),
 *   `baseline.runs-unlike`, `baseline.run-twice`, `baseline.exists`, `baseline.name-invalid`, `baseline.locked`,
 *   `baseline.not-writable`, `baseline.keep-invalid`
 */
export async function acceptBaseline(records: readonly RunRecord[], options: AcceptOptions): Promise<string> {
  checkAcceptable(records);
  checkKeep(options.keep, records.length);
  const scenario = records[0]!.manifest.scenario;
  const path = baselinePath(options.dir, scenario, options.name);
  const made = makeBaseline(records, options);
  return writing(path, async () => {
    // Read under the lock: two nights that add at once must both be kept.
    const stored = options.keep === undefined || options.replace === true ? undefined : read(path);
    if (options.replace !== true && options.keep === undefined && existsSync(path)) {
      throw new Problem("baseline.exists", `There is already a baseline "${options.name}" of ${scenario}.`, {
        at: path,
        hint: "Choose another --name, give --keep N to add to it, or --replace.",
      });
    }
    const next = options.keep === undefined ? made : rollBaseline(stored, made, options.keep);
    await writeFileAtomic(path, serialise(next));
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
export function readBaseline(dir: string, scenario: string, name: string): ReadBaseline | undefined {
  return read(baselinePath(dir, scenario, name));
}

function read(path: string): ReadBaseline | undefined {
  return existsSync(path) ? readBaselineFile(path) : undefined;
}

function readBaselineFile(path: string): ReadBaseline {
  const { document, from } = migrateBaseline(readJson(path, "baseline", hint), path);
  const baseline = checkJson(document, path, baselineSchema, "baseline", hint);
  baseline.runs.forEach((run, i) => {
    for (const [series, text] of Object.entries(run.totals))
      decodeHistogram(text, `${path}: runs.${i}.totals.${series}`);
  });
  return from === undefined ? baseline : { ...baseline, migratedFrom: from };
}

export interface StoredBaseline {
  readonly path: string;
  readonly scenario: string;
  readonly name: string;
  readonly acceptedAt: string;
  readonly acceptedBy: string;
  readonly note: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly runs: readonly string[];
  /** The older version in which the file is written. */
  readonly migratedFrom?: string;
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
      const { scenario, name, acceptedAt, acceptedBy, note, labels, runs, migratedFrom } = readBaselineFile(path);
      const older = migratedFrom === undefined ? {} : { migratedFrom };
      found.push({
        ...{ path, scenario, name, acceptedAt, acceptedBy, note, labels, runs: runs.map((run) => run.id) },
        ...older,
      });
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

function checkKeep(keep: number | undefined, given: number): void {
  if (keep === undefined || (Number.isInteger(keep) && keep >= given)) return;
  throw new Problem("baseline.keep-invalid", "A rolling baseline must hold at least the runs that are accepted.", {
    at: "--keep",
    found: keep,
    expected: `${given} or more`,
    hint: "Such as --keep 10; or accept fewer runs.",
    exitCode: exitCodes.usage,
  });
}

/** Changes a file below a folder that is made when missing, alone, with the system's refusals told as problems. */
async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    await makeFolders(dirname(path));
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
