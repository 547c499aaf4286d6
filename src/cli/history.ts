import { Command, Option } from "commander";
import { readTrend } from "../harness/history.js";
import { renderTrendText, writeTrendChart } from "../harness/rendering.js";
import type { Trend } from "../model/history.js";
import { count } from "./run-flags.js";
import { terminal } from "./terminal.js";

/** `loadline history SCENARIO` */
export function historyCommand(): Command {
  return new Command("history")
    .description("the trend over runs, with the runs at which its level changed")
    .argument("<scenario>", "name of a scenario")
    .option("--metric <name>", "a latency such as http_req_duration, error_ratio, rate or rss_max")
    .option("--stat <name>", "p50, p95 or p99 of a latency", "p95")
    .addOption(
      new Option("--by <period>", "one point a run, day or week").choices(["run", "day", "week"]).default("run"),
    )
    .option("--last <n>", "only so many of the newest runs", count)
    .option("--min-effect <ratio>", "smaller changes are not told (default 0.03)", Number)
    .option("--baselines <dir>", "where baselines and histories live", "baselines")
    .option("--chart <file.png>", "draw the trend, with its levels and changes")
    .option("--json", "print the trend as JSON")
    .option("--no-color", "no colours")
    .addHelpText(
      "after",
      `
A change can be told from its third run on. Every run, compare, baseline accept and nightly adds to the history.

Examples:
  loadline history api-baseline
  loadline history api-baseline --by week --stat p99 --chart trend.png
  loadline history api-baseline --metric rss_max --json`,
    )
    .action(
      async (
        scenario: string,
        flags: {
          metric?: string;
          stat: string;
          by: Trend["every"];
          last?: number;
          minEffect?: number;
          baselines: string;
          chart?: string;
          json?: boolean;
          color: boolean;
        },
      ) => {
        const trend = readTrend({
          baselinesDir: flags.baselines,
          scenario,
          metric: flags.metric,
          statistic: flags.stat,
          every: flags.by,
          last: flags.last,
          minEffect: flags.minEffect,
        });
        if (flags.chart !== undefined) await writeTrendChart(flags.chart, trend);
        const out = terminal(process.stdout, { color: flags.color });
        out.write(flags.json === true ? `${JSON.stringify(trend)}\n` : renderTrendText(trend, out));
      },
    );
}
