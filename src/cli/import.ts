import { Command, Option } from "commander";
import { importRun } from "../harness/import.js";
import { pairs } from "./run-flags.js";
import { terminal } from "./terminal.js";

interface ImportFlags {
  readonly scenario?: string;
  readonly unit?: string;
  readonly metric?: string;
  readonly label: Readonly<Record<string, string>>;
  readonly measuredHere?: boolean;
  readonly reports: string;
  readonly json?: boolean;
}

/** `loadline import FILE…` */
export function importCommand(): Command {
  return new Command("import")
    .description("make a run folder of another tool's results")
    .argument("<files...>", "k6 JSON, CSV or summary, HdrHistogram log, autocannon JSON, vegeta results or report")
    .option("--scenario <name>", "the scenario that the run belongs to (default: the file's name)")
    .addOption(new Option("--unit <unit>", "what the values of an .hlog count").choices(["ns", "us", "ms", "s"]))
    .option("--metric <name>", "what an .hlog measured", "http_req_duration")
    .addOption(
      new Option("--label <name=value>", "a label of the run; may be repeated").argParser(pairs).default({}, "none"),
    )
    .option("--measured-here", "the file was measured on this machine, so that runs made here compare with it")
    .option("--reports <dir>", "where run folders live", "reports")
    .option("--json", "print one JSON document to stdout")
    .addHelpText(
      "after",
      `
Examples:
  loadline import k6-results.json --scenario checkout
  loadline import latencies.hlog --unit us
  loadline import before.json after.json --scenario checkout && loadline compare checkout/latest

What a format does not hold stays absent, and is named in the run's warnings.`,
    )
    .action(async (files: string[], flags: ImportFlags) => {
      const err = terminal(process.stderr);
      const documents: unknown[] = [];
      for (const file of files) {
        const { scenario, unit, metric, label, reports, measuredHere = false } = flags;
        const imported = await importRun({
          file,
          scenario,
          unit,
          metric,
          labels: label,
          reportsDir: reports,
          measuredHere,
        });
        for (const text of imported.manifest.warnings) err.write(`warn  ${text}\n`);
        err.write(`imported ${file} (${imported.format})\nrun folder  ${imported.folder}\n`);
        documents.push({
          schema: "loadline.import/1",
          folder: imported.folder,
          format: imported.format,
          run: imported.manifest,
        });
      }
      if (flags.json === true)
        process.stdout.write(`${JSON.stringify(documents.length === 1 ? documents[0] : documents)}\n`);
    });
}
