import { Command, CommanderError } from "commander";
import { version } from "../harness/version.js";
import { exitCodes } from "../model/problem.js";
import { abCommand } from "./ab.js";
import { attestCommand } from "./attest.js";
import { baselineCommand } from "./baseline.js";
import { capacityCommand } from "./capacity.js";
import { checklistCommand } from "./checklist.js";
import { compareCommand } from "./compare.js";
import { demoCommand, demoTargetCommand } from "./demo.js";
import { doctorCommand } from "./doctor.js";
import { explain } from "./explain.js";
import { historyCommand } from "./history.js";
import { importCommand } from "./import.js";
import { nightlyCommand } from "./nightly.js";
import { probeCommand } from "./probe.js";
import { reportCommand } from "./report.js";
import { runCommand } from "./run.js";
import { signOffCommand } from "./signoff.js";
import { terminal } from "./terminal.js";
import { vendorCommand } from "./vendor.js";
import { verifyCommand } from "./verify.js";
import { watchCommand } from "./watch.js";

/**
 * The command line. Every failure arrives here, is explained once, and becomes an exit code.
 *
 * @returns the exit code; the process ends by itself when nothing is left to do
 */
export async function main(argv: readonly string[]): Promise<number> {
  const outcome = { exitCode: exitCodes.ok as number };
  const program = new Command("loadline")
    .description(
      "Drives k6 scripts at a fixed rate, compares runs with a stored baseline, and says whether the release may sail.",
    )
    .version(version)
    // After a command's name, --version is that command's own: signoff --version 2.1.
    .enablePositionalOptions()
    .showHelpAfterError("Run loadline --help to see the commands and their options.")
    .exitOverride()
    .addHelpText(
      "after",
      `
Examples:
  loadline demo                                     the tour: target, load, verdict, report
  loadline run scenarios/api-baseline.ts -e BASE_URL=http://127.0.0.1:8080 -e DURATION=1h --pid 4711
  loadline baseline accept api-baseline/latest      store a run as the baseline
  loadline compare api-baseline/latest              verdict per series against it
  loadline report api-baseline/latest               report.html and charts/*.png

Exit codes: 0 passed, 99 threshold failed, 104 configuration, 105 stopped, 107 script exception,
  108 aborted by the script, 110 marked failed, 111 regressed, 112 inconclusive or invalid,
  113 checklist or sign-off incomplete, 2 wrong usage.`,
    );
  for (const make of [
    demoCommand,
    demoTargetCommand,
    runCommand,
    watchCommand,
    baselineCommand,
    compareCommand,
    abCommand,
    nightlyCommand,
    reportCommand,
    importCommand,
    vendorCommand,
    probeCommand,
    historyCommand,
    capacityCommand,
    doctorCommand,
    checklistCommand,
    attestCommand,
    signOffCommand,
    verifyCommand,
  ]) {
    program.addCommand(catchable(make(outcome)));
  }
  // Options belong to their command wherever they stand, and -e K=V may come again and again.
  try {
    await program.parseAsync([...argv]);
    return outcome.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return explain(error, terminal(process.stderr));
  }
}

/** Commander ends the process itself, and with 1, for every command that is not told to throw; also for those below. */
function catchable(command: Command): Command {
  for (const below of command.commands) catchable(below);
  return command.exitOverride();
}
