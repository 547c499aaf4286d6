import { writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { Command } from "commander";
import { loadConfig } from "../harness/config.js";
import { keepRun } from "../harness/history.js";
import { renderComparisonText, renderSummary } from "../harness/rendering.js";
import { exitCodeOfVerdict } from "../harness/results.js";
import { startRun } from "../harness/run.js";
import type { RunOutcome, RunRequest } from "../harness/run-request.js";
import { type ShownOption, showConfig } from "../harness/show-config.js";
import { lookAt, plannedLooks, requireBaseline } from "../harness/until-decided.js";
import { environmentLayer, parseOutput, restartTarget } from "../harness/words.js";
import type { ProbeResult } from "../model/probe.js";
import { exitCodes, Problem } from "../model/problem.js";
import { parseDuration } from "../model/units.js";
import { addEngineFlags, k6Of } from "./engine-flags.js";
import { explain } from "./explain.js";
import { addK6OnlyFlags, k6OnlyWarning } from "./k6-only-flags.js";
import { addLogFlags, type LogOutput, openLogOutput } from "./log-output.js";
import { probeLine } from "./probe-line.js";
import { progressView } from "./progress-view.js";
import {
  addK6Flags,
  addLoadFlags,
  addPlaceFlags,
  addTargetFlags,
  count,
  flagLayer,
  type RunFlags,
} from "./run-flags.js";
import { onSignal } from "./signals.js";
import { addSourceFlags, sourcesOf } from "./source-flags.js";
import { paint, terminal } from "./terminal.js";

/** `loadline run SCRIPT` */
export function runCommand(outcome: { exitCode: number }): Command {
  const command = new Command("run")
    .description("drive a scenario, record a run folder, judge its thresholds")
    .argument("<script>", "a k6 script, JavaScript or TypeScript");
  addTargetFlags(addEngineFlags(addSourceFlags(addLoadFlags(addK6OnlyFlags(addLogFlags(addK6Flags(command)))))))
    .option("--drain <time>", "go on watching after the load, to see what memory comes back")
    .option("--repeat <n>", "make this many runs, one after the other", count, 1)
    .option("--until-decided", "make 3, 5, 8 or 12 runs: until the comparison with the baseline is settled")
    .option("--against <baseline>", "name of that baseline", "main")
    .option("--pause <time>", "between repeated runs", "2s")
    .option(
      "-c, --config <file>",
      "the config, or k6's options as JSON; loadline.config.ts of this folder unless given",
    )
    .option("--show-config", "print every option with its value and where that comes from, and run nothing")
    .option("--probes", "run the config's probes before, during and after the load");
  addPlaceFlags(command)
    .option("--no-history", "do not add the run to the scenario's history")
    .option("--json", "print one JSON document about the run to stdout")
    .addHelpText(
      "after",
      `
Examples:
  loadline run scenarios/smoke.ts -e BASE_URL=http://127.0.0.1:8080
  loadline run scenarios/api-baseline.ts -e DURATION=1h --pid $(pgrep -o nginx)
  loadline run load.js --vus 10 --duration 30s --command "node server.js" --ready-url http://127.0.0.1:3000/health
  loadline run load.js --repeat 3 --label version=2.1
  loadline run load.js --workers 4                        four engine threads share the load
  loadline run load.js --arrivals poisson --seed 7        arrivals at random, the same each time
  loadline run load.js --execution-segment 0:1/2 --execution-segment-sequence 0,1/2,1
                                                          one of two machines; loadline merge joins the runs
  loadline run load.js --vus 10 --duration 30s --show-config
  loadline run load.js --log-output file=run.log,level=info --console-output script.log
  loadline run load.js --until-decided --against main
  loadline run load.js --engine k6 --out json=samples.json --pid $(pgrep -o nginx)
  loadline run load.js --repeat 5 --restart-command "systemctl restart api" --ready-url http://127.0.0.1:8080/health`,
    )
    .action(async (script: string, flags: RunFlags) => {
      outcome.exitCode = await withLogs(script, flags);
    });
  return command;
}

async function withLogs(script: string, flags: RunFlags): Promise<number> {
  const err = terminal(process.stderr, { color: flags.color });
  const warn = (text: string): void => err.write(`${paint(err, "yellow", "warn ")} ${text}\n`);
  const unused = k6OnlyWarning(flags);
  if (unused !== undefined) warn(unused);
  const logs = openLogOutput(flags, warn);
  try {
    return await run(script, flags, logs);
  } finally {
    logs.close();
  }
}

async function run(script: string, flags: RunFlags, logs: LogOutput): Promise<number> {
  const err = terminal(process.stderr, { color: flags.color });
  const out = terminal(process.stdout, { color: flags.color });
  const request = await withConfig(requestOf(script, flags), flags);
  if (flags.showConfig === true) {
    const { options, warnings } = await showConfig(request, progressView(err, flags.quiet === true, logs));
    for (const text of warnings) err.write(`${paint(err, "yellow", "warn ")} ${text}\n`);
    out.write(
      flags.json === true ? `${JSON.stringify({ schema: "loadline.config/1", options })}\n` : configText(options),
    );
    return exitCodes.ok;
  }
  if (flags.repeat < 1) {
    throw new Problem("usage.repeat", "--repeat needs at least one run.", {
      found: flags.repeat,
      exitCode: exitCodes.usage,
    });
  }
  if (flags.restartCommand !== undefined && flags.repeat < 2 && flags.untilDecided !== true) {
    throw new Problem("usage.restart", "--restart-command acts between repeated runs, and one run was asked for.", {
      expected: "--repeat 2 or more, or --until-decided",
      hint: "Add --repeat, or start the target with --command.",
      exitCode: exitCodes.usage,
    });
  }
  const pauseMs = parseDuration(flags.pause, "--pause");
  const probes =
    request.probes === undefined
      ? {}
      : { probes: { ...request.probes, onResult: (result: ProbeResult) => tell(result) } };
  let tell: (result: ProbeResult) => void = () => {};
  let exitCode: number = exitCodes.ok;
  const documents: unknown[] = [];
  const looks = { reportsDir: flags.reports, baselinesDir: flags.baselines, against: flags.against };
  if (flags.untilDecided === true) await requireBaseline(script, looks);
  const most = flags.untilDecided === true ? plannedLooks.at(-1)! : flags.repeat;
  const folders: string[] = [];
  for (let i = 0; i < most; i += 1) {
    if (i > 0 && flags.restartCommand !== undefined) await restart(flags.restartCommand);
    if (i > 0) await wait(pauseMs);
    const ofMost = flags.untilDecided === true ? `at most ${most}` : most;
    if (most > 1 && flags.quiet !== true) err.write(`run ${i + 1} of ${ofMost}\n`);
    const view = progressView(err, flags.quiet === true, logs);
    tell = (result) => {
      if (flags.quiet === true && result.state === "pass") return;
      view.close();
      err.write(probeLine(result, err));
    };
    const active = startRun({ ...request, ...probes }, view);
    const release = onSignal((signal) => {
      err.write(`\n${signal}: stopping with results; once more to leave at once\n`);
      active.stop(`Stopped by ${signal}.`);
    });
    let result: RunOutcome;
    try {
      result = await active.outcome;
    } finally {
      release();
      view.close();
    }
    show(result);
    const untold = flags.history ? await keepRun(flags.baselines, result.folder) : undefined;
    if (untold !== undefined) err.write(`warn  ${untold}\n`);
    documents.push({
      schema: "loadline.run-result/1",
      folder: result.folder,
      exitCode: result.exitCode,
      decision: result.decision,
      run: result.manifest,
    });
    if (exitCode === exitCodes.ok) exitCode = result.exitCode;
    folders.push(result.folder);
    if (result.exitCode === exitCodes.signal || result.exitCode === exitCodes.scriptAborted) break;
    const look = flags.untilDecided === true ? await lookAt(folders, looks) : undefined;
    if (look === undefined) continue;
    if (flags.quiet !== true) err.write(`${look.comparison.verdict}  ${look.comparison.reason}\n`);
    if (!look.isSettled) continue;
    documents.push(look.comparison);
    if (flags.json !== true) out.write(renderComparisonText(look.comparison, out));
    if (exitCode === exitCodes.ok) exitCode = exitCodeOfVerdict(look.comparison.verdict);
    break;
  }
  if (flags.json === true) out.write(`${JSON.stringify(documents.length === 1 ? documents[0] : documents)}\n`);
  return exitCode;

  /** What the launch of a target was dealt stays with it: runs of one launch show too little spread. */
  async function restart(command: string): Promise<void> {
    if (flags.quiet !== true) err.write(`restarting: ${command}\n`);
    await restartTarget({ command, readyUrl: flags.readyUrl });
  }

  function show(result: RunOutcome): void {
    if (flags.summaryExport && flags.summaryMode !== "disabled")
      writeOut(flags.summaryExport, `${JSON.stringify(result.summaryExport, undefined, 2)}\n`);
    if (result.summaryFiles !== undefined) {
      for (const [path, content] of Object.entries(result.summaryFiles)) {
        // With --json stdout is one document, and what the script says there goes beside it.
        if (path === "stdout" && flags.json !== true) process.stdout.write(content);
        else if (path === "stdout" || path === "stderr") process.stderr.write(content);
        else writeSummaryFile(path, content);
      }
    } else if (flags.summary && flags.summaryMode !== "disabled" && flags.json !== true)
      out.write(renderSummary(result, out));
    if (flags.quiet !== true) err.write(`\nrun folder  ${result.folder}\n`);
  }

  /** A summary that finds no place is told of; the run, its exit code and the other files stand. */
  function writeSummaryFile(path: string, content: string | Uint8Array): void {
    try {
      writeOut(path, content);
    } catch (error) {
      explain(error, err);
    }
  }
}

/** The run that a command line asks for. */
export function requestOf(script: string, flags: RunFlags): RunRequest {
  const commands = flags.command.map((command, index) =>
    index === 0 && flags.readyUrl !== undefined ? { ...command, readyUrl: flags.readyUrl } : command,
  );
  const group = flags.repeat > 1 || flags.untilDecided === true ? { group: `${Date.now().toString(36)}` } : {};
  const k6 = k6Of(flags);
  return {
    script,
    ...(k6 === undefined ? {} : { k6 }),
    env: flags.env,
    shellEnv: flags.includeSystemEnvVars ? definedOf(process.env) : {},
    secretSources: flags.secretSource,
    layers: { config: {}, env: environmentLayer(process.env), flags: flagLayer(flags) },
    labels: { ...group, ...flags.label },
    reportsDir: flags.reports,
    pids: flags.pid,
    commands,
    sources: sourcesOf(flags),
    stopWhen: flags.stopWhen,
    drainMs: flags.drain === undefined ? 0 : parseDuration(flags.drain, "--drain"),
    argv: ["loadline", ...process.argv.slice(2)],
    noThresholds: !flags.thresholds || isOn(process.env.K6_NO_THRESHOLDS),
    summaryMode: flags.summaryMode,
    noColor: flags.color === false || (process.env.NO_COLOR ?? "") !== "",
    outputs: k6 === undefined ? flags.out.map(parseOutput) : [],
    warmUpMs: flags.warmUp === undefined ? undefined : parseDuration(flags.warmUp, "--warm-up"),
  };
}

/** The config below everything that the command line says. */
export async function withConfig(request: RunRequest, flags: RunFlags): Promise<RunRequest> {
  const loaded = await loadConfig(flags.config);
  if (loaded === undefined) {
    if (flags.probes !== true) return request;
    throw new Problem("config.not-found", "--probes needs a loadline.config.ts, and this folder has none.", {
      hint: "Give one with --config FILE; docs/probes.md shows how to write it.",
    });
  }
  const { baseUrl, env, options } = loaded.config;
  // A target that we start says itself where it is.
  const base = baseUrl === undefined || request.commands.length > 0 ? {} : { BASE_URL: baseUrl };
  return {
    ...request,
    env: { ...base, ...env, ...request.env },
    layers: { ...request.layers, config: options ?? {} },
    declaredProbes: Object.keys(loaded.config.probes),
    ...(flags.probes === true ? { probes: { config: loaded, onResult: () => {} } } : {}),
  };
}

function isOn(variable: string | undefined): boolean {
  return variable === "true" || variable === "1";
}

/** A line an option: name, value, the layer that set it. */
function configText(options: readonly ShownOption[]): string {
  const rows = options.map(({ name, value, origin }) => [name, JSON.stringify(value) ?? "", origin] as const);
  const nameWidth = Math.max(...rows.map(([name]) => name.length));
  const originWidth = Math.max(...rows.map(([, , origin]) => origin.length));
  // The value comes last: it may be as long as it likes.
  return rows
    .map(([name, value, origin]) => `${name.padEnd(nameWidth)}  ${origin.padEnd(originWidth)}  ${value}\n`)
    .join("");
}

function definedOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Writes what the user asked to have in a file. @throws {Problem} `output.not-writable` */
export function writeOut(path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw new Problem("output.not-writable", `${path} cannot be written.`, {
      at: path,
      found: (error as NodeJS.ErrnoException).code,
      hint: "Name a file in a folder that exists and that you may write to. The run itself is safe in its folder.",
    });
  }
}
