import { Command } from "commander";
import { examineMachine, exitCodeOfFitness, renderExamination } from "../harness/doctor.js";
import { paint, terminal } from "./terminal.js";

/** `loadline doctor` */
export function doctorCommand(outcome: { exitCode: number }): Command {
  return new Command("doctor")
    .description("is this machine fit to measure? limits, clock, neighbours, noise floor; takes 12 s")
    .option("--quick", "without the 10 s self-test")
    .option("--json", "print verdicts and readings as JSON")
    .option("--no-color", "no colours")
    .addHelpText(
      "after",
      `
Exit codes: 0 fit, 112 unfit. What this system does not tell is shown as "–" and counts neither way.

Examples:
  loadline doctor
  loadline doctor --quick --json`,
    )
    .action(async (flags: { quick?: boolean; json?: boolean; color: boolean }) => {
      const out = terminal(process.stdout, { color: flags.color });
      const err = terminal(process.stderr, { color: flags.color });
      const examination = await examineMachine(flags.quick === true, (text) => {
        err.write(`${paint(err, "cyan", "▸")} ${text}\n`);
      });
      out.write(flags.json === true ? `${JSON.stringify(examination)}\n` : renderExamination(examination, out));
      outcome.exitCode = exitCodeOfFitness(examination);
    });
}
