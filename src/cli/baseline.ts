import { userInfo } from "node:os";
import { Command } from "commander";
import { acceptRuns, listBaselineSummaries, removeStoredBaseline, showBaseline } from "../harness/results.js";
import { paint, terminal } from "./terminal.js";

interface Places {
  readonly reports: string;
  readonly baselines: string;
  readonly json?: boolean;
}

/** `loadline baseline accept | list | show | remove` */
export function baselineCommand(): Command {
  const command = new Command("baseline").description("store runs as the baseline; list, show and remove baselines");
  command
    .command("accept")
    .description("store runs as the baseline of their scenario")
    .argument("<run...>", "run folders, ids, or scenario/latest")
    .option("--name <name>", "name of the baseline", "main")
    .option("--by <who>", "who accepts it", userName())
    .option("--note <text>", "why", "")
    .option("--replace", "take the place of a baseline of that name")
    .option("--reports <dir>", "where run folders live", "reports")
    .option("--baselines <dir>", "where baselines live", "baselines")
    .option("--json", "print the stored baseline's place as JSON")
    .addHelpText(
      "after",
      `
Examples:
  loadline baseline accept api-baseline/latest
  loadline baseline accept reports/api-baseline/20260118T14* --name release-1.4 --note "after the index change"`,
    )
    .action(async (runs: string[], flags: Places & { name: string; by: string; note: string; replace?: boolean }) => {
      const { path, baseline } = await acceptRuns({
        refs: runs,
        reportsDir: flags.reports,
        baselinesDir: flags.baselines,
        name: flags.name,
        by: flags.by,
        note: flags.note,
        replace: flags.replace === true,
      });
      if (flags.json === true) print(`${JSON.stringify({ path, runs: baseline.runs.map((run) => run.id) })}\n`);
      else {
        print(
          `accepted ${baseline.runs.length} run${baseline.runs.length === 1 ? "" : "s"} of ${baseline.scenario} as baseline "${baseline.name}"\n${path}\n`,
        );
      }
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
          `${paint(out, "bold", `${one.scenario}/${one.name}`)}  ${one.runs} run${one.runs === 1 ? "" : "s"}, accepted ${one.acceptedAt.slice(0, 10)} by ${one.acceptedBy}${one.note === "" ? "" : `: ${one.note}`}\n`,
        );
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
          `${shown.scenario}/${shown.name}: accepted ${shown.acceptedAt} by ${shown.acceptedBy}${shown.note === "" ? "" : ` (${shown.note})`}\n`,
        );
        for (const run of shown.runs) {
          print(
            `  ${run.id}  ${Math.round(run.achievedRate)}/s  p50 ${run.p50Ms.toFixed(2)} ms  p95 ${run.p95Ms.toFixed(2)} ms  p99 ${run.p99Ms.toFixed(2)} ms\n`,
          );
        }
      }
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
