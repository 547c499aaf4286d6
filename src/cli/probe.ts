import { Command, Option } from "commander";
import { probesAlone } from "../harness/probes-alone.js";
import type { WatchedCommand } from "../harness/run-request.js";
import { exitCodes } from "../model/problem.js";
import { probeLine } from "./probe-line.js";
import { pairs, watchedCommand } from "./run-flags.js";
import { onSignal } from "./signals.js";
import { terminal } from "./terminal.js";

interface ProbeFlags {
  readonly config?: string;
  readonly url?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly WatchedCommand[];
  readonly readyUrl?: string;
  readonly run?: string;
  readonly reports: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** `loadline probe [NAME…]` */
export function probeCommand(outcome: { exitCode: number }): Command {
  return new Command("probe")
    .description("ask the probes of loadline.config.ts, with no load")
    .argument("[names...]", "only these probes")
    .option("--config <file>", "the config; loadline.config.ts of this folder unless given")
    .option("--url <url>", "where the target is")
    .addOption(
      new Option("-e, --env <KEY=value>", "a variable for the probes; BASE_URL is the target's")
        .argParser(pairs)
        .default({}, "none"),
    )
    .addOption(
      new Option("--command <[name=]words>", "start a target, stop it at the end; may be repeated")
        .argParser(watchedCommand)
        .default([], "none"),
    )
    .option("--ready-url <url>", "the first --command is ready when this answers")
    .option("--run <run>", "put the evidence into this run's folder")
    .option("--reports <dir>", "where run folders live", "reports")
    .option("--out <file>", "put the evidence into this file, for loadline checklist --probes")
    .option("--json", "print the results as JSON")
    .addHelpText(
      "after",
      `
Examples:
  loadline probe --url http://127.0.0.1:8080
  loadline probe health-200 tls --run api-baseline/latest
  loadline probe --config checklists/loadline.config.ts --command "loadline demo-target"

Exit codes: 0 all passed, 113 not all of them.`,
    )
    .action(async (names: string[], flags: ProbeFlags) => {
      const out = terminal(process.stdout);
      const err = terminal(process.stderr);
      const stopping = new AbortController();
      const release = onSignal((signal) => {
        err.write(`\n${signal}: stopping; once more to leave at once\n`);
        stopping.abort();
      });
      try {
        const { results, passed, folder } = await probesAlone({
          names: names.length === 0 ? undefined : names,
          config: flags.config,
          baseUrl: flags.url ?? flags.env.BASE_URL,
          env: flags.env,
          commands: flags.command.map((command, index) =>
            index === 0 && flags.readyUrl !== undefined ? { ...command, readyUrl: flags.readyUrl } : command,
          ),
          run: flags.run,
          reportsDir: flags.reports,
          out: flags.out,
          signal: stopping.signal,
          onResult: (result) => {
            if (flags.json !== true) out.write(probeLine(result, out));
          },
          onWarning: (text) => err.write(`note  ${text}\n`),
        });
        if (flags.json === true) out.write(`${JSON.stringify({ schema: "loadline.probes/1", passed, results })}\n`);
        if (folder !== undefined) err.write(`evidence  ${folder}\n`);
        outcome.exitCode = passed ? exitCodes.ok : exitCodes.checklistIncomplete;
      } finally {
        release();
      }
    });
}
