import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { didYouMean } from "../model/nearest.js";
import { exitCodes, Problem } from "../model/problem.js";
import { writeFileAtomic } from "../record/atomic.js";
import { makeFolders } from "../record/make-folders.js";

const packageRoot = fileURLToPath(new URL("../../", import.meta.url));

/** A ready checklist, and what it is for. */
export interface ReadyChecklist {
  readonly name: string;
  readonly purpose: string;
}

/** In the order in which a release meets them. */
export const readyChecklists: readonly ReadyChecklist[] = [
  { name: "production-readiness", purpose: "before a service takes traffic for the first time" },
  { name: "staging-canary", purpose: "a new release beside the old one" },
  { name: "deployment-verification", purpose: "after each deployment of a service that has a baseline" },
  { name: "production-verification", purpose: "the first week of a release in production's surroundings" },
];

export interface InitRequest {
  readonly folder: string;
  /** Names of ready checklists, or "all". */
  readonly checklists: readonly string[];
  /** Replace what is there. */
  readonly force: boolean;
}

export interface Initialised {
  readonly written: readonly string[];
  /** Files that were there and stay as they were. */
  readonly kept: readonly string[];
}

interface Planned {
  /** From the folder. */
  readonly path: string;
  /** From the package. */
  readonly from: string;
  readonly text?: (source: string) => string;
}

const firstFiles: readonly Planned[] = [
  { path: "scenarios/api-baseline.ts", from: "scenarios/api-baseline.ts" },
  { path: "loadline.config.ts", from: "checklists/loadline.config.ts", text: asOwnConfig },
  { path: "checklists/first-release.md", from: "checklists/first/first-release.md" },
  { path: "checklists/demo/grafana-dashboard.json", from: "checklists/demo/grafana-dashboard.json" },
  { path: "checklists/demo/prometheus-rules.yaml", from: "checklists/demo/prometheus-rules.yaml" },
];

/**
 * Writes a first scenario, config and checklist, and the ready checklists that are asked for.
 *
 * What is there already stays as it is unless `force` is given; nothing is half written.
 *
 * @throws {Problem} `init.checklist-unknown` before anything is written, `init.not-writable`
 */
export async function initFolder({ folder, checklists, force }: InitRequest): Promise<Initialised> {
  const ready = namesOf(checklists).map(
    (name): Planned => ({ path: `checklists/${name}.md`, from: `checklists/${name}.md` }),
  );
  const written: string[] = [];
  const kept: string[] = [];
  for (const { path, from, text } of [...firstFiles, ...ready]) {
    const source = await readFile(join(packageRoot, from), "utf8");
    const isNew = await writeNew(join(folder, path), text === undefined ? source : text(source), force);
    (isNew ? written : kept).push(path);
  }
  return { written, kept };
}

function namesOf(asked: readonly string[]): readonly string[] {
  const known = readyChecklists.map(({ name }) => name);
  if (asked.includes("all")) return known;
  for (const name of asked) {
    if (known.includes(name)) continue;
    throw new Problem("init.checklist-unknown", "There is no such ready checklist.", {
      at: "--checklist",
      found: name,
      expected: `${known.join(", ")} or all`,
      hint: `See them with: loadline init --list.${didYouMean(name, known)}`,
      exitCode: exitCodes.usage,
    });
  }
  return known.filter((name) => asked.includes(name));
}

/** @returns whether the file was written */
async function writeNew(path: string, text: string, force: boolean): Promise<boolean> {
  try {
    await makeFolders(dirname(path));
    if (force) await writeFileAtomic(path, text);
    // The system itself refuses to touch what is there, links included: no look before that could be too old.
    else await writeFile(path, text, { flag: "wx" });
    return true;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EEXIST" && !force && (cause as NodeJS.ErrnoException).syscall === "open") return false;
    throw new Problem("init.not-writable", `${path} cannot be written.`, {
      at: path,
      found: code,
      expected: "a folder that can be written to, without files where folders are needed",
      hint: "Name another folder: loadline init FOLDER",
      cause,
    });
  }
}

/** The ready checklists' config, one folder up. */
function asOwnConfig(source: string): string {
  return source
    .replace(" --config checklists/loadline.config.ts", "")
    .replace(
      "// Probes that the ready checklists name. They",
      "// Probes that the checklists name; docs/probes.md lists the kinds. They",
    )
    .replaceAll('"demo/', '"checklists/demo/');
}
