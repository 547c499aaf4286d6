import { type Dirent, existsSync, readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { Problem } from "../model/problem.js";
import { folderName, runFiles } from "./folder.js";

export interface RunPlace {
  /** As `reportsDir` was given, absolute or relative. */
  readonly folder: string;
  /** Name of the scenario's folder. */
  readonly scenario: string;
  readonly id: string;
}

/**
 * The runs below a reports folder, oldest first; the manifests are not read.
 *
 * @param scenario only this scenario's
 */
export function listRuns(reportsDir: string, scenario?: string): RunPlace[] {
  const scenarios = scenario === undefined ? foldersIn(reportsDir) : [folderName(scenario)];
  const places = scenarios.flatMap((name) =>
    foldersIn(join(reportsDir, name)).map((id) => ({ folder: join(reportsDir, name, id), scenario: name, id })),
  );
  return places.filter(({ folder }) => isRun(folder)).sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/**
 * The folder of the run that a word means: a path of a run folder or its run.json, a run's id, "scenario/id",
 * "scenario", "scenario/latest", or "latest".
 *
 * @throws {Problem} `run.not-found` with the runs that there are
 */
export function findRun(reportsDir: string, ref: string): string {
  if (basename(ref) === runFiles.manifest && existsSync(ref)) return dirname(resolve(ref));
  if (isRun(ref)) return ref.replace(/(?<=.)\/+$/, "");
  const word = ref.replace(/^\.\/|\/+$/g, "");
  const [first = "", second, ...more] = word.split("/");
  const found = more.length > 0 ? undefined : findByName(reportsDir, first, second);
  if (found !== undefined) return found;
  throw notFound(reportsDir, ref);
}

function findByName(reportsDir: string, first: string, second: string | undefined): string | undefined {
  if (second !== undefined) {
    const runs = listRuns(reportsDir, first);
    return (second === "latest" ? runs.at(-1) : runs.find(({ id }) => id === second))?.folder;
  }
  const all = listRuns(reportsDir);
  if (first === "latest") return all.at(-1)?.folder;
  const byId = all.find(({ id }) => id === first);
  if (byId !== undefined) return byId.folder;
  return first === "" ? undefined : all.filter(({ scenario }) => scenario === folderName(first)).at(-1)?.folder;
}

function notFound(reportsDir: string, ref: string): Problem {
  const runs = listRuns(reportsDir).reverse().slice(0, 5);
  const known = runs.map(({ scenario, id }) => `${scenario}/${id}`).join(", ");
  return new Problem("run.not-found", `There is no run "${ref}".`, {
    at: reportsDir,
    found: ref,
    expected: 'a run folder, an id, a scenario, "scenario/latest" or "latest"',
    hint: known === "" ? `No run is below ${reportsDir}: make one with loadline run.` : `The newest are ${known}.`,
  });
}

function isRun(folder: string): boolean {
  return existsSync(join(folder, runFiles.manifest));
}

function foldersIn(folder: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    // A reports folder that is not there yet holds no runs.
    return [];
  }
  return entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map(({ name }) => name);
}
