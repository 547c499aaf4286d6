import { Command, Option } from "commander";
import { renderWatch } from "../harness/rendering.js";
import { startWatch } from "../harness/watch.js";
import { formatBytes, formatDuration, parseDuration } from "../model/units.js";
import { pairs, pid, type RunFlags, type SourceFlags, watchedCommand } from "./run-flags.js";
import { onSignal } from "./signals.js";
import { addSourceFlags, sourcesOf } from "./source-flags.js";
import { terminal } from "./terminal.js";

interface WatchFlags extends SourceFlags {
  readonly duration: string;
  readonly name: string;
  readonly pid: RunFlags["pid"];
  readonly command: RunFlags["command"];
  readonly label: Readonly<Record<string, string>>;
  readonly reports: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color: boolean;
}

const logEveryMs = 30_000;

/** `loadline watch` */
export function watchCommand(outcome: { exitCode: number }): Command {
  const command = new Command("watch")
    .description("record a target's memory and CPU with no load of our own, and say whether it leaks")
    .option("-d, --duration <time>", "how long, such as 10m or 1h", "1h")
    .option("--name <name>", "what the run folder is filed under", "watch")
    .addOption(
      new Option("--pid <[name=]pid>", "a process and its children; may be repeated")
        .argParser(pid)
        .default([], "none"),
    )
    .addOption(
      new Option("--command <[name=]words>", "start a target, watch it, stop it at the end; may be repeated")
        .argParser(watchedCommand)
        .default([], "none"),
    );
  return addSourceFlags(command)
    .addOption(
      new Option("--label <name=value>", "a label of the run; may be repeated").argParser(pairs).default({}, "none"),
    )
    .option("--reports <dir>", "where run folders live", "reports")
    .option("--json", "print one JSON document to stdout")
    .option("-q, --quiet", "no progress")
    .option("--no-color", "no colours")
    .addHelpText(
      "after",
      `
Examples:
  loadline watch --pid $(pgrep -o node) --duration 1h
  loadline watch --container api --duration 8h --stop-when "memory > 1GB" --stop-when "leak certain"
  loadline watch --metrics-url http://127.0.0.1:9100/metrics --metric queue=jobs_waiting`,
    )
    .action(async (flags: WatchFlags) => {
      outcome.exitCode = await watch(flags);
    });
}

async function watch(flags: WatchFlags): Promise<number> {
  const err = terminal(process.stderr, { color: flags.color });
  const out = terminal(process.stdout, { color: flags.color });
  let lastLineMs = Number.NEGATIVE_INFINITY;
  const active = startWatch(
    {
      name: flags.name,
      durationMs: parseDuration(flags.duration, "--duration"),
      pids: flags.pid,
      commands: flags.command,
      sources: sourcesOf(flags),
      stopWhen: flags.stopWhen ?? [],
      labels: flags.label,
      reportsDir: flags.reports,
      argv: ["loadline", ...process.argv.slice(2)],
    },
    {
      started: (folder) => {
        if (flags.quiet !== true) err.write(`watching into ${folder}\n`);
      },
      progress(elapsedMs, plannedMs, latest, growth) {
        if (flags.quiet === true || (!err.isTTY && elapsedMs - lastLineMs < logEveryMs)) return;
        lastLineMs = elapsedMs;
        const parts = [
          `${formatDuration(Math.round(elapsedMs / 1000) * 1000)}/${formatDuration(plannedMs)}`,
          latest?.rssBytes === undefined ? "no memory figure" : `memory ${formatBytes(latest.rssBytes)}`,
          ...(latest?.cpuCores === undefined ? [] : [`${Math.round(latest.cpuCores * 100)} % CPU`]),
          ...(growth === undefined ? [] : [growth]),
        ];
        const text = parts.join("  ").slice(0, Math.max(20, err.width - 1));
        err.write(err.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
      },
      log: (level, text) => err.write(`${err.isTTY ? "\r\u001b[K" : ""}${level}  ${text}\n`),
    },
  );
  const release = onSignal((signal) => active.stop(`Stopped by ${signal}.`));
  try {
    const result = await active.outcome;
    if (err.isTTY && flags.quiet !== true) err.write("\r\u001b[K");
    if (flags.json === true) {
      const { folder, exitCode, manifest } = result;
      out.write(`${JSON.stringify({ schema: "loadline.watch-result/1", folder, exitCode, run: manifest })}\n`);
    } else out.write(renderWatch(result, out));
    if (flags.quiet !== true) err.write(`\nrun folder  ${result.folder}\n`);
    return result.exitCode;
  } finally {
    release();
  }
}
