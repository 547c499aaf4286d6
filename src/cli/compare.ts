import { Command, Option } from "commander";
import { keepHistory } from "../harness/history.js";
import { renderComparisonText } from "../harness/rendering.js";
import { compareRefs, exitCodeOfVerdict } from "../harness/results.js";
import { marginPairs } from "./run-flags.js";
import { terminal } from "./terminal.js";

/** `loadline compare RUN… [--against B]` */
export function compareCommand(outcome: { exitCode: number }): Command {
  return new Command("compare")
    .description("verdict per series against a baseline, with intervals")
    .argument("<run...>", "run folders, ids, or scenario/latest; several are judged together")
    .option("--against <baseline>", "name of the baseline", "main")
    .option("--reports <dir>", "where run folders live", "reports")
    .option("--baselines <dir>", "where baselines live", "baselines")
    .option("--margin <ratio>", "practical margin, such as 0.05", Number)
    .addOption(
      new Option("--margin-of <series=ratio>", "a margin of its own for a series or a row; may be repeated")
        .argParser(marginPairs)
        .default({}, "none"),
    )
    .option("--json", "print the comparison as JSON")
    .option("--no-history", "do not add the runs to the scenario's history")
    .option("--no-color", "no colours")
    .addHelpText(
      "after",
      `
Verdicts: pass (no worse than the margin), improved, regressed (exit 111), inconclusive (exit 112).

Examples:
  loadline compare api-baseline/latest
  loadline compare run1 run2 run3 --against release-1.4 --json`,
    )
    .action(
      async (
        runs: string[],
        flags: {
          against: string;
          reports: string;
          baselines: string;
          margin?: number;
          marginOf: Readonly<Record<string, number>>;
          json?: boolean;
          history: boolean;
          color: boolean;
        },
      ) => {
        const { comparison, records } = await compareRefs({
          refs: runs,
          reportsDir: flags.reports,
          baselinesDir: flags.baselines,
          against: flags.against,
          margin: flags.margin,
          margins: flags.marginOf,
        });
        if (flags.history) await keepHistory(flags.baselines, records, comparison);
        const out = terminal(process.stdout, { color: flags.color });
        out.write(flags.json === true ? `${JSON.stringify(comparison)}\n` : renderComparisonText(comparison, out));
        outcome.exitCode = exitCodeOfVerdict(comparison.verdict);
      },
    );
}
