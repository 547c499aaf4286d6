import { join } from "node:path";
import { Problem } from "../model/problem.js";
import { folderName } from "../record/folder.js";

/** Where a baseline lies: `<dir>/<scenario>/<name>.json`. @throws {Problem} `baseline.name-invalid` */
export function baselinePath(dir: string, scenario: string, name: string): string {
  return join(scenarioFolder(dir, scenario), `${checkName(name, "name")}.json`);
}

/** The folder of a scenario's baselines and history. @throws {Problem} `baseline.name-invalid` */
export function scenarioFolder(dir: string, scenario: string): string {
  return join(dir, folderName(checkName(scenario, "scenario")));
}

/** Names come from users and become file names: nothing that leads elsewhere, hides, or breaks on another system. */
function checkName(name: string, at: string): string {
  const isSound = name.length <= 100 && /^[\p{L}\p{N}_][\p{L}\p{N} ._+@-]*$/u.test(name) && !name.includes("..");
  if (isSound && !/[ .]$/.test(name)) return name;
  throw new Problem("baseline.name-invalid", `This ${at} cannot be a file name.`, {
    at,
    found: name.slice(0, 120),
    expected: "letters, digits, space and . _ + @ -, beginning with a letter, a digit or _, without ..",
    hint: 'Choose a name like "main" or "release-1.4".',
  });
}
