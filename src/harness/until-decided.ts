import { basename, extname } from "node:path";
import type { Comparison } from "../model/comparison.js";
import { exitCodes, Problem } from "../model/problem.js";
import { keepHistory } from "./history.js";
import { compareRefs, hasBaseline } from "./results.js";

/** After how many runs a growing comparison is looked at; its errors are split among the looks (METHOD section 2). */
export const plannedLooks: readonly number[] = [3, 5, 8, 12];

export interface LookRequest {
  readonly reportsDir: string;
  readonly baselinesDir: string;
  readonly against: string;
}

/** @throws {Problem} `compare.no-baseline` before any run is made in vain */
export async function requireBaseline(script: string, { baselinesDir, against }: LookRequest): Promise<void> {
  const scenario = basename(script, extname(script));
  if (await hasBaseline(baselinesDir, scenario, against)) return;
  throw new Problem("compare.no-baseline", `There is no baseline "${against}" of ${scenario} to decide against.`, {
    at: baselinesDir,
    hint: "Accept one first: loadline run … --repeat 5, then loadline baseline accept …",
    exitCode: exitCodes.inconclusive,
  });
}

/**
 * The comparison of the runs so far, where a look is planned after this many.
 *
 * @param folders of the runs that were made, oldest first
 * @returns undefined between looks; `isSettled` where more runs would change nothing that may be said
 */
export async function lookAt(
  folders: readonly string[],
  request: LookRequest,
): Promise<{ comparison: Comparison; isSettled: boolean } | undefined> {
  if (!plannedLooks.includes(folders.length)) return undefined;
  const { comparison, records } = await compareRefs({ ...request, refs: folders, looks: plannedLooks.length });
  const isLast = folders.length === plannedLooks.at(-1);
  // Runs of another load or machine stay unlike, however many there are.
  const isHopeless = comparison.differences.some((difference) => difference.must);
  const isSettled = comparison.verdict !== "inconclusive" || isLast || isHopeless;
  if (isSettled) await keepHistory(request.baselinesDir, records, comparison);
  return { comparison, isSettled };
}
