import { type Command, Option } from "commander";
import type { RunRequest } from "../harness/run-request.js";
import { exitCodes, Problem } from "../model/problem.js";
import type { RunFlags } from "./run-flags.js";

/** Adds the flags that choose what drives the load. */
export function addEngineFlags(command: Command): Command {
  return command
    .addOption(
      new Option("--engine <name>", "what drives the load: Loadline itself, or a k6 on the PATH")
        .choices(["loadline", "k6"])
        .default("loadline"),
    )
    .option("--k6-binary <path>", "the k6 of --engine k6; K6_BINARY and the PATH unless given");
}

/** The k6 that the flags ask for; undefined for our own engine. @throws {Problem} `usage.k6-binary` */
export function k6Of(flags: RunFlags): RunRequest["k6"] {
  const { engine, k6Binary } = flags;
  if (engine !== "k6") {
    if (k6Binary === undefined) return undefined;
    throw new Problem("usage.k6-binary", "--k6-binary is only for --engine k6.", {
      at: "--k6-binary",
      found: k6Binary,
      hint: "Add --engine k6, or leave --k6-binary out.",
      exitCode: exitCodes.usage,
    });
  }
  return {
    binary: k6Binary,
    outputs: flags.out,
    noThresholds: !flags.thresholds,
    includeSystemEnv: flags.includeSystemEnvVars,
  };
}
