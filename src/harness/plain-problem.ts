import { exitCodes, Problem } from "../model/problem.js";
import type { Script } from "../model/script.js";
import { Interruption } from "../model/vu.js";
import { scriptStack } from "../script/stack.js";
import type { PlainProblem } from "./protocol.js";

/** What was thrown, as a message between threads can carry it: a Problem as it is, anything else as the script's exception. */
export function plainProblem(error: unknown, script: Script): PlainProblem {
  if (error instanceof Interruption) {
    const message = `The script ended the run while it was being loaded: ${error.message}`;
    const exitCode = exitCodes.scriptAborted;
    return { code: "script.aborted", message, at: undefined, expected: undefined, hint: undefined, exitCode };
  }
  if (error instanceof Problem) {
    const { code, message, at, found, expected, hint, exitCode } = error;
    return { code, message, at, found: found === undefined ? undefined : String(found), expected, hint, exitCode };
  }
  const stack = error instanceof Error ? scriptStack(error, script) : "";
  return {
    code: "script.exception",
    message: stack === "" ? messageOf(error) : `${messageOf(error)}\n${stack}`,
    at: undefined,
    expected: undefined,
    hint: undefined,
    exitCode: exitCodes.scriptException,
  };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
