import { userInfo } from "node:os";
import { Command, Option } from "commander";
import { diffBaselines } from "../harness/baseline-diff.js";
import { renderDiffText } from "../harness/rendering.js";
import { acceptRuns, listBaselineSummaries, removeStoredBaseline, showBaseline } from "../harness/results.js";
import { count, pairs } from "./run-flags.js";
import { paint, terminal } from "./terminal.js";

interface Places {
  readonly reports: string;
  readonly baselines: string;
  readonly json?: boolean;
}

interface AcceptFlags extends Places {
  readonly name: string;
  readonly by: string;
  readonly note: string;
  readonly label: Readonly<Record<string, string>>;
  readonly replace?: boolean;
  readonly keep?: number;
}

/** `loadline baseline accept | list | show | diff | remove` */
export function baselineCommand(): Command {
  const command = new Command("baseline").description(
    "store runs as the baseline; list, show, diff and remove baselines",
  );
  command
    .command("accept")
    .description("store runs as the baseline of their scenario")
    .argument("<run...>", "run folders, ids, or scenario/latest")
    .option("--name <name>", "name of the baseline", "main")
    .option("--by <who>", "who accepts it", userName())
    .option("--note <text>", "why", "")
    .addOption(
      new Option("--label <name=value>", "a label of the baseline, over those of its runs; may be repeated")
        .argParser(pairs)
        .default({}, "none"),
    )
    .option("--keep <n>", "add to a baseline of that name, and keep the newest n runs", count)
    .option("--replace", "take the place of a baseline of that name")
    .option("--reports <dir>", "where run folders live", "reports")
    .option("--baselines <dir>", "where baselines live", "baselines")
    .option("--json", "print the stored baseline's place as JSON")
    .addHelpText(
      "after",
      `
Examples:
  loadline baseline accept api-baseline/latest
  loadline baseline accept reports/api-baseline/20260118T14* --name release-1.4 --note "after the index change"
  loadline baseline accept api-baseline/latest --keep 10 --label target=staging`,
    )
    .action(async (runs: string[], flags: AcceptFlags) => {
      const { path, baseline, notes } = await acceptRuns({
        refs: runs,
        reportsDir: flags.reports,
        baselinesDir: flags.baselines,
        name: flags.name,
        by: flags.by,
        note: flags.note,
        labels: flags.label,
        replace: flags.replace === true,
        keep: flags.keep,
      });
      if (flags.json === true) {
        print(`${JSON.stringify({ path, runs: baseline.runs.map((run) => run.id), notes })}\n`);
        return;
      }
      const now = flags.keep === undefined ? "" : `, which holds ${runsText(baseline.runs.length)} now`;
      print(`accepted ${runsText(runs.length)} of ${baseline.scenario} as baseline "${baseline.name}"${now}\n`);
      for (const note of notes) print(`${note}\n`);
      print(`${path}\n`);
    });
  command
    .command("list")
    .description("every baseline, with its runs and who accepted it")
    .option("--baselines <dir>", "where baselines live", "baselines")
    .option("--json", "print JSON")
    .action(async (flags: Places) => {
      const all = await listBaselineSummaries(flags.baselines);
      if (flags.json === true) {
        print(`${JSON.stringify(all, undefined, 2)}\n`);
        return;
      }
      if (all.length === 0)
        print(`No baselines in ${flags.baselines}. Store one with: loadline baseline accept <run>\n`);
      const out = terminal(process.stdout);
      for (const one of all) {
        print(
          `${paint(out, "bold", `${one.scenario}/${one.name}`)}  ${runsText(one.runs)}, accepted ${one.acceptedAt.slice(0, 10)} by ${one.acceptedBy}${one.note === "" ? "" : `: ${one.note}`}${labelsText(one.labels)}\n`,
        );
        if (one.migratedFrom !== undefined) print(`  written as ${one.migratedFrom}, read as its successor\n`);
      }
    });
  command
    .command("show")
    .description("one baseline in figures")
    .argument("<scenario>", "scenario, or scenario/name")
    .option("--baselines <dir>", "where baselines live", "baselines")
    .option("--json", "print JSON")
    .action(async (ref: string, flags: Places) => {
      const shown = await showBaseline(flags.baselines, ref);
      if (flags.json === true) print(`${JSON.stringify(shown, undefined, 2)}\n`);
      else {
        print(
          `${shown.scenario}/${shown.name}: accepted ${shown.acceptedAt} by ${shown.acceptedBy}${shown.note === "" ? "" : ` (${shown.note})`}${labelsText(shown.labels)}\n`,
        );
        for (const note of shown.notes) print(`  ${note}\n`);
        for (const run of shown.runs) {
          print(
            `  ${run.id}  ${Math.round(run.achievedRate)}/s  p50 ${run.p50Ms.toFixed(2)} ms  p95 ${run.p95Ms.toFixed(2)} ms  p99 ${run.p99Ms.toFixed(2)} ms\n`,
          );
        }
      }
    });
  command
    .command("diff")
    .description("what sets two baselines of a scenario apart")
    .argument("<a>", "scenario/name; scenario alone is its baseline main")
    .argument("<b>", "scenario/name, or the name of another one of the same scenario")
    .option("--baselines <dir>", "where baselines live", "baselines")
    .option("--json", "print JSON")
    .option("--no-color", "no colours")
    .addHelpText(
      "after",
      `
Runs that both hold are not compared. It only shows: the exit code is 0 whatever the difference.

Examples:
  loadline baseline diff api-baseline release-1.4
  loadline baseline diff api-baseline/release-1.3 release-1.4 --json`,
    )
    .action((a: string, b: string, flags: Places & { color: boolean }) => {
      const diff = diffBaselines(flags.baselines, a, b);
      const out = terminal(process.stdout, { color: flags.color });
      print(flags.json === true ? `${JSON.stringify(diff, undefined, 2)}\n` : renderDiffText(diff, out));
    });
  command
    .command("remove")
    .description("delete a baseline file")
    .argument("<scenario>", "scenario, or scenario/name")
    .option("--baselines <dir>", "where baselines live", "baselines")
    .action(async (ref: string, flags: Places) => {
      print(`removed ${await removeStoredBaseline(flags.baselines, ref)}\n`);
    });
  return command;
}

function runsText(runs: number): string {
  return `${runs} run${runs === 1 ? "" : "s"}`;
}

/** Labels that say what the baseline is of; the group of a repeated run is no such thing. */
function labelsText(labels: Readonly<Record<string, string>>): string {
  const words = Object.entries(labels).filter(([name]) => name !== "group");
  return words.length === 0 ? "" : `  [${words.map(([name, value]) => `${name}=${value}`).join(" ")}]`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown";
  }
}

function print(text: string): void {
  process.stdout.write(text);
}
