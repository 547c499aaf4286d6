import { Command } from "commander";
import { mergeRuns } from "../harness/merge.js";
import { terminal } from "./terminal.js";

interface MergeFlags {
  readonly reports: string;
  readonly json?: boolean;
}

/** `loadline merge RUN…` */
export function mergeCommand(outcome: { exitCode: number }): Command {
  return new Command("merge")
    .description("make one run of the shards of a test that several machines drove")
    .argument("<runs...>", 'run folders, ids, or "scenario/latest"')
    .option("--reports <dir>", "where run folders live", "reports")
    .option("--json", "print one JSON document to stdout")
    .addHelpText(
      "after",
      `
Examples:
  loadline run load.js --execution-segment 0:1/2 --execution-segment-sequence 0,1/2,1 --label shard=a   on machine a
  loadline run load.js --execution-segment 1/2:1 --execution-segment-sequence 0,1/2,1 --label shard=b   on machine b
  loadline merge from-a/load/20260118T142233Z-1a2b from-b/load/20260118T142233Z-77f0

Histograms, counters and resources of every shard are in the merged run; thresholds and validity are judged on the whole.
Exit codes as for loadline run.`,
    )
    .action(async (refs: string[], flags: MergeFlags) => {
      const err = terminal(process.stderr);
      const { folder, manifest } = await mergeRuns({ refs, reportsDir: flags.reports });
      for (const text of manifest.warnings) err.write(`warn  ${text}\n`);
      const { state, reasons } = manifest.validity;
      err.write(`merged ${refs.length} runs: ${[state, ...reasons.map(({ text }) => text)].join("  ")}\n`);
      err.write(`run folder  ${folder}\n`);
      if (flags.json === true) {
        process.stdout.write(`${JSON.stringify({ schema: "loadline.merge/1", folder, run: manifest })}\n`);
      }
      outcome.exitCode = manifest.exitCode ?? 0;
    });
}
