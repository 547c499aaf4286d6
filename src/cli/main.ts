import { Command, CommanderError } from "commander";
import { version } from "../harness/version.js";
import { exitCodes } from "../model/problem.js";
import { giveEnginePrecedence } from "./compiler-threads.js";
import { explain } from "./explain.js";
import { keepHeapSteady } from "./steady-heap.js";
import { terminal } from "./terminal.js";

type MakeCommand = (outcome: { exitCode: number }) => Command;

// In the order of `loadline --help`. Each is loaded when it is asked for: no command waits for what another one needs.
const commands: Readonly<Record<string, () => Promise<MakeCommand>>> = {
  demo: async () => (await import("./demo.js")).demoCommand,
  "demo-target": async () => {
    // Loading alone would let the heap grow.
    keepHeapSteady();
    return (await import("./demo.js")).demoTargetCommand;
  },
  init: async () => (await import("./init.js")).initCommand,
  run: async () => (await import("./run.js")).runCommand,
  watch: async () => (await import("./watch.js")).watchCommand,
  baseline: async () => (await import("./baseline.js")).baselineCommand,
  compare: async () => (await import("./compare.js")).compareCommand,
  ab: async () => (await import("./ab.js")).abCommand,
  nightly: async () => (await import("./nightly.js")).nightlyCommand,
  report: async () => (await import("./report.js")).reportCommand,
  import: async () => (await import("./import.js")).importCommand,
  merge: async () => (await import("./merge.js")).mergeCommand,
  vendor: async () => (await import("./vendor.js")).vendorCommand,
  probe: async () => (await import("./probe.js")).probeCommand,
  history: async () => (await import("./history.js")).historyCommand,
  capacity: async () => (await import("./capacity.js")).capacityCommand,
  doctor: async () => (await import("./doctor.js")).doctorCommand,
  checklist: async () => (await import("./checklist.js")).checklistCommand,
  attest: async () => (await import("./attest.js")).attestCommand,
  signoff: async () => (await import("./signoff.js")).signOffCommand,
  verify: async () => (await import("./verify.js")).verifyCommand,
};

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
  loadline init                                     a first scenario, config and checklist in this folder
  loadline run scenarios/api-baseline.ts -e BASE_URL=http://127.0.0.1:8080 -e DURATION=1h --pid 4711
  loadline baseline accept api-baseline/latest      store a run as the baseline
  loadline compare api-baseline/latest              verdict per series against it
  loadline report api-baseline/latest               report.html and charts/*.png

Exit codes: 0 passed, 99 threshold failed, 104 configuration, 105 stopped, 107 script exception,
  108 aborted by the script, 110 marked failed, 111 regressed, 112 inconclusive or invalid,
  113 checklist or sign-off incomplete, 2 wrong usage.`,
    );
  const asked = argv.slice(2).find((word) => !word.startsWith("-")) ?? "";
  // A target competes with the load, not with itself.
  if (asked !== "demo-target") giveEnginePrecedence();
  const isVersion = argv[2] === "-V" || argv[2] === "--version";
  const wanted = isVersion ? [] : Object.hasOwn(commands, asked) ? [commands[asked]!] : Object.values(commands);
  for (const load of wanted) program.addCommand(catchable((await load())(outcome)));
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
