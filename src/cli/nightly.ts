import { appendFileSync, existsSync, readdirSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { loadConfig } from "../harness/config.js";
import { type NightlyRequest, runNightly } from "../harness/nightly.js";
import { renderNightlyJunit, renderNightlyMarkdown, renderNightlyText } from "../harness/rendering.js";
import { type Notice, postWebhook, webhookAddress } from "../harness/webhook.js";
import type { Nightly } from "../model/nightly.js";
import { exitCodes, Problem } from "../model/problem.js";
import { parseDuration } from "../model/units.js";
import { addEngineFlags } from "./engine-flags.js";
import { progressView } from "./progress-view.js";
import { requestOf, withConfig, writeOut } from "./run.js";
import { addK6Flags, addLoadFlags, addPlaceFlags, addTargetFlags, count, type RunFlags } from "./run-flags.js";
import { onSignal } from "./signals.js";
import { addSourceFlags } from "./source-flags.js";
import { type Terminal, terminal } from "./terminal.js";

interface NightlyFlags extends RunFlags {
  readonly retries: number;
  readonly retryDelay: string;
  readonly bootstrap?: boolean;
  readonly keep?: number;
  readonly by?: string;
  readonly fresh?: boolean;
  readonly junit?: string;
  readonly markdown?: string;
  readonly webhook?: string;
}

/** `loadline nightly [SCRIPT…]` */
export function nightlyCommand(outcome: { exitCode: number }): Command {
  const command = new Command("nightly")
    .description("every scenario: repeated runs, comparison, history, report; one exit code")
    .argument("[script...]", "scenarios; else `scripts` of loadline.config.ts, else every script in scenarios/");
  addPlaceFlags(addTargetFlags(addEngineFlags(addSourceFlags(addLoadFlags(addK6Flags(command))))))
    .option("--config <file>", "the config; loadline.config.ts of this folder unless given")
    .option("--repeat <n>", "runs of each scenario", count, 5)
    .option("--pause <time>", "between runs", "5s")
    .option("--retries <n>", "how often an invalid run is made again", count, 2)
    .option("--retry-delay <time>", "before that; doubled each time", "30s")
    .option("--against <baseline>", "name of the baselines", "main")
    .option("--bootstrap", "accept the runs as the first baseline where there is none")
    .option("--keep <n>", "add the runs of a night that passed to the baseline, and keep its newest n runs", count)
    .option("--by <who>", "who accepts it then (default: this user)")
    .option("--fresh", "forget a night that was not finished")
    .option("--junit <file>", "write JUnit XML")
    .option("--markdown <file>", "write the summary as Markdown; GITHUB_STEP_SUMMARY gets it in any case")
    .option("--webhook <url>", "post the result as JSON at the end (or LOADLINE_WEBHOOK in the environment)")
    .option("--json", "print the night as JSON")
    .addHelpText(
      "after",
      `
A night that was killed is taken up by the same command within 20 hours.
Exit codes: 0 all passed, 99 a threshold failed, 111 regressed, 112 nothing proven; the heaviest of all scenarios.

Examples:
  loadline nightly --bootstrap
  loadline nightly --keep 20                              a baseline that rolls: the newest 20 runs that passed
  loadline nightly load.js --restart-command "systemctl restart api" --ready-url http://127.0.0.1:8080/health
  loadline nightly load.js --container api --stop-when "memory > 1GB"
  loadline nightly load.js --engine k6 -e BASE_URL=http://127.0.0.1:8080
  loadline nightly scenarios/*.ts -e BASE_URL=http://127.0.0.1:8080 --repeat 5 --junit nightly.xml`,
    );
  return command.action(async (scripts: string[], flags: NightlyFlags) => {
    outcome.exitCode = await nightly(scripts, flags);
  });
}

async function nightly(scripts: readonly string[], flags: NightlyFlags): Promise<number> {
  const err = terminal(process.stderr, { color: flags.color });
  const out = terminal(process.stdout, { color: flags.color });
  const quiet = flags.quiet === true;
  const webhook = webhookAddress(flags.webhook, process.env.LOADLINE_WEBHOOK);
  const request = await requestFor(scripts, flags);
  let stop: (reason: string) => void = () => {};
  let isStopped = false;
  const release = onSignal((signal) => {
    err.write(`\n${signal}: stopping; once more to leave at once\n`);
    isStopped = true;
    stop(`Stopped by ${signal}.`);
  });
  try {
    const result = await runNightly(request, {
      step: (text) => err.write(`${text}\n`),
      observer: () => progressView(err, quiet),
      onStoppable: (end) => {
        stop = end;
      },
      isStopped: () => isStopped,
    });
    out.write(flags.json === true ? `${JSON.stringify(result)}\n` : renderNightlyText(result, out));
    await publish(result, flags, webhook, err);
    return result.exitCode;
  } finally {
    release();
  }
}

async function requestFor(given: readonly string[], flags: NightlyFlags): Promise<NightlyRequest> {
  if (flags.repeat < 1) {
    throw new Problem("usage.repeat", "--repeat needs at least one run.", {
      found: flags.repeat,
      exitCode: exitCodes.usage,
    });
  }
  const scripts = given.length > 0 ? given : await scriptsOf(flags);
  const runs = await Promise.all(
    [...new Set(scripts)].map((script) => withConfig(requestOf(script, { ...flags, repeat: 1 }), flags)),
  );
  return {
    runs,
    reportsDir: flags.reports,
    baselinesDir: flags.baselines,
    against: flags.against,
    repeat: flags.repeat,
    pauseMs: parseDuration(flags.pause, "--pause"),
    retries: flags.retries,
    retryDelayMs: parseDuration(flags.retryDelay, "--retry-delay"),
    bootstrap: flags.bootstrap === true,
    keep: flags.keep,
    restart:
      flags.restartCommand === undefined ? undefined : { command: flags.restartCommand, readyUrl: flags.readyUrl },
    by: flags.by ?? userName(),
    fresh: flags.fresh === true,
  };
}

async function scriptsOf(flags: NightlyFlags): Promise<string[]> {
  const loaded = await loadConfig(flags.config);
  if (loaded?.config.scripts !== undefined) return loaded.config.scripts.map((script) => join(loaded.folder, script));
  if (!existsSync("scenarios")) return [];
  const files = readdirSync("scenarios").filter((file) => /\.(?:[cm]?js|ts)$/.test(file) && !file.endsWith(".d.ts"));
  return files.sort().map((file) => join("scenarios", file));
}

/** What failed here is told and does not change what the night found. */
async function publish(
  result: Nightly,
  flags: NightlyFlags,
  webhook: string | undefined,
  err: Terminal,
): Promise<void> {
  const warn = (text: string) => err.write(`warn  ${text}\n`);
  const markdown = renderNightlyMarkdown(result);
  if (flags.markdown !== undefined) writeOut(flags.markdown, markdown);
  if (flags.junit !== undefined) writeOut(flags.junit, renderNightlyJunit(result));
  const { GITHUB_STEP_SUMMARY } = process.env;
  if (GITHUB_STEP_SUMMARY !== undefined && GITHUB_STEP_SUMMARY !== "") {
    try {
      appendFileSync(GITHUB_STEP_SUMMARY, `${markdown}\n`);
    } catch (error) {
      warn(`GITHUB_STEP_SUMMARY could not be written: ${(error as NodeJS.ErrnoException).code}.`);
    }
  }
  if (webhook === undefined) return;
  const scenarios = result.scenarios.map(({ comparison: _, ...one }) => one);
  const { startedAt, endedAt, exitCode } = result;
  const notice: Notice = {
    ...{ schema: "loadline.notice/1", event: "nightly.finished", startedAt, endedAt, exitCode, text: markdown },
  };
  const failure = await postWebhook(webhook, { ...notice, scenarios });
  if (failure !== undefined) warn(failure);
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown";
  }
}
