import { readFileSync } from "node:fs";
import { Problem } from "../model/problem.js";
import type { Script } from "../model/script.js";
import { bundleScript } from "../script/bundle.js";
import { describeScript } from "../script/describe.js";

/** Scripts that no engine can run: nobody could read them. */
const unreadable = new Set(["script.not-found", "script.is-directory", "script.empty", "script.unreadable"]);

/**
 * A script that k6 is to run, described as our own are.
 *
 * k6 may run what our compiler refuses; then the script file alone is recorded, and a warning says so.
 *
 * @throws {Problem} `script.…` for a file that cannot be read
 */
export async function scriptForK6(path: string): Promise<Script> {
  try {
    return await bundleScript(path);
  } catch (error) {
    if (!(error instanceof Problem) || unreadable.has(error.code)) throw error;
    const why = error.message.split("\n")[0]!;
    const warning = `run.json names the script's own file only, not what it imports: Loadline could not follow it (${why}).`;
    return { ...describeScript(path, readFileSync(path)), warnings: [warning] };
  }
}
