import { Command } from "commander";
import { makeReport } from "../harness/results.js";

/** `loadline report RUN` */
export function reportCommand(): Command {
  return new Command("report")
    .description("report.html, charts/*.png and summary.md of a run, from its files alone")
    .argument("<run>", "run folder, id, or scenario/latest")
    .option("--against <baseline>", "name of the baseline", "main")
    .option("--reports <dir>", "where run folders live", "reports")
    .option("--baselines <dir>", "where baselines live", "baselines")
    .option("--junit <file>", "write JUnit XML as well")
    .option("--markdown <file>", "write the Markdown summary to this file as well")
    .option("--json", "print the report's data as JSON instead of where it is")
    .addHelpText("after", "\nExample:\n  loadline report api-baseline/latest --junit junit.xml")
    .action(
      async (
        run: string,
        flags: {
          against: string;
          reports: string;
          baselines: string;
          junit?: string;
          markdown?: string;
          json?: boolean;
        },
      ) => {
        const made = await makeReport({
          ref: run,
          reportsDir: flags.reports,
          baselinesDir: flags.baselines,
          against: flags.against,
          junit: flags.junit,
          markdown: flags.markdown,
        });
        process.stdout.write(
          flags.json === true
            ? `${JSON.stringify(made.model)}\n`
            : `${[made.html, ...made.charts, made.summary].join("\n")}\n`,
        );
        for (const damage of made.model.damage) process.stderr.write(`warn  ${damage}\n`);
        for (const note of made.notes) process.stderr.write(`note  ${note}\n`);
      },
    );
}
