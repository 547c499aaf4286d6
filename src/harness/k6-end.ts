import { type ExitCode, exitCodes, Problem } from "../model/problem.js";
import type { EngineEnd } from "./protocol.js";

/** How k6's process ended, and what was known of it then. */
export interface K6Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why we had asked it to stop; undefined where we had not. */
  readonly stopReason: string | undefined;
  /** The last that it logged as an error. */
  readonly lastError: string | undefined;
}

const unspecified = 255;

/** Of our table, those that are k6's too. */
const codes: ReadonlySet<number> = new Set(Object.values(exitCodes).filter((code) => code >= 99 && code <= 110));

/**
 * k6's exit as the end of a run: its code carried, its last error as the reason.
 *
 * @returns a Problem where k6 broke down, rather than ended a run
 */
export function endOfK6({ code, signal, stopReason, lastError }: K6Exit): EngineEnd | Problem {
  const ended = (exitCode: ExitCode | undefined, reason: string | undefined): EngineEnd => {
    return { exitCode, reason, setupData: undefined };
  };
  if (stopReason !== undefined && code !== exitCodes.ok && code !== exitCodes.thresholds)
    return ended(exitCodes.signal, stopReason);
  if (code === exitCodes.ok) return ended(undefined, undefined);
  if (code === exitCodes.thresholds) {
    // The option's own name is in what k6 says when it ends a run early for it.
    if (lastError?.includes("abortOnFail") === true) return ended(exitCodes.thresholds, lastError);
    return { ...ended(undefined, undefined), thresholdsCrossed: true };
  }
  const said = lastError === undefined ? "It gave no reason." : `It said: ${lastError}`;
  if (code === null) {
    return new Problem("k6.died", `k6 was ended by ${signal}. ${said}`, {
      found: signal,
      hint: "Look for an out-of-memory kill in the system's log; k6 keeps all samples of a trend in memory.",
      exitCode: exitCodes.internal,
    });
  }
  if (code === exitCodes.configuration || !codes.has(code)) {
    // What has no code of its own in k6, such as a flag that it does not know, or an output that it cannot open.
    const isRefusal = code === exitCodes.configuration || code === unspecified;
    return new Problem("k6.failed", `k6 ended with code ${code}. ${said}`, {
      found: code,
      hint: "Run the script with k6 itself to see all that it says.",
      exitCode: isRefusal ? exitCodes.configuration : exitCodes.internal,
    });
  }
  return ended(code as ExitCode, lastError ?? `k6 ended with code ${code}.`);
}
