import { Command } from "commander";
import { demoTargetFlags, runDemo, serveDemo } from "../harness/demo.js";
import { exitCodes } from "../model/problem.js";
import { progressView } from "./progress-view.js";
import { count } from "./run-flags.js";
import { onSignal } from "./signals.js";
import { paint, terminal } from "./terminal.js";

/** `loadline demo` */
export function demoCommand(outcome: { exitCode: number }): Command {
  const command = new Command("demo")
    .description("the tour: start the built-in target, drive 1,000 requests a second, accept or compare, report")
    .option("--rate <n>", "requests a second", count, 1000)
    .option("--duration <time>", "length of each run", "10s")
    .option("--runs <n>", "runs; a verdict rests on the spread between them", count, 3)
    .option("--latency-scale <x>", "make the target this much slower, to see a regression", "1")
    .option("--fresh", "forget the demo's baseline and accept a new one")
    .option("--reports <dir>", "where run folders live", "reports")
    .option("--baselines <dir>", "where baselines live", "baselines")
    .addHelpText(
      "after",
      `
The first demo accepts its runs as the baseline "demo"; every further one compares with it.

Examples:
  loadline demo
  loadline demo --latency-scale 1.3      a release that got slower: regressed, exit 111`,
    );
  return command.action(
    async (flags: {
      rate: number;
      duration: string;
      runs: number;
      latencyScale: string;
      fresh?: boolean;
      reports: string;
      baselines: string;
    }) => {
      const err = terminal(process.stderr);
      const out = terminal(process.stdout);
      const view = progressView(err, false);
      let stop: (reason: string) => void = () => {};
      const release = onSignal((signal) => stop(`Stopped by ${signal}.`));
      try {
        const result = await runDemo(
          { ...flags, fresh: flags.fresh === true, reportsDir: flags.reports, baselinesDir: flags.baselines },
          view,
          {
            step: (text) => {
              view.close();
              err.write(`${paint(err, "cyan", "▸")} ${text}\n`);
            },
            onStoppable: (stopper) => {
              stop = stopper;
            },
            text: (text) => {
              view.close();
              out.write(text);
            },
            terminal: out,
          },
        );
        outcome.exitCode = result.exitCode;
      } finally {
        view.close();
        release();
      }
    },
  );
}

/** `loadline demo-target` */
export function demoTargetCommand(outcome: { exitCode: number }): Command {
  const command = new Command("demo-target").description("the built-in target by itself, with faults on request");
  for (const [flag, text] of demoTargetFlags) command.option(flag, text);
  return command
    .addHelpText(
      "after",
      `
Examples:
  loadline demo-target --port 8080
  loadline demo-target --port 0 --latency-scale 1.3 --leak-mb-per-hour 600`,
    )
    .action(async (flags: Record<string, unknown>) => {
      await serveDemo(flags);
      outcome.exitCode = exitCodes.ok;
    });
}
