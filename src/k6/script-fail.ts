import { exitCodes, Problem, type ProblemDetails } from "../model/problem.js";

/** What `fail()` throws: the iteration ends, its message is logged, the run goes on. Scripts may catch it. */
export class ScriptFail extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ScriptFail";
  }
}

/** A wrong use of a module by the script: exit code 107 in the init phase, a logged exception in an iteration. */
export function misuse(code: string, message: string, details: Omit<ProblemDetails, "exitCode"> = {}): Problem {
  return new Problem(code, message, { ...details, exitCode: exitCodes.scriptException });
}
