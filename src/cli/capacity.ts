import { Command, InvalidArgumentError, Option } from "commander";
import type { CapacityObserver, CapacityRequest } from "../harness/capacity.js";
import { searchCapacity } from "../harness/capacity.js";
import { renderCapacityText } from "../harness/rendering.js";
import type { WatchedCommand, WatchedPid } from "../harness/run-request.js";
import { environmentLayer } from "../harness/words.js";
import { exitCodes, Problem } from "../model/problem.js";
import { formatMs, parseDuration } from "../model/units.js";
import { progressView } from "./progress-view.js";
import { count, pairs, pid, watchedCommand } from "./run-flags.js";
import { onSignal } from "./signals.js";
import { paint, type Terminal, terminal } from "./terminal.js";

interface CapacityFlags {
  readonly env: Readonly<Record<string, string>>;
  readonly pid: readonly WatchedPid[];
  readonly command: readonly WatchedCommand[];
  readonly readyUrl?: string;
  readonly threshold?: Readonly<Record<string, readonly string[]>>;
  readonly step: string;
  readonly warmUp: string;
  readonly saturate: string;
  readonly connections: number;
  readonly maxVus: number;
  readonly maxRate: number;
  readonly maxSteps: number;
  readonly precision: number;
  readonly allowRemote?: boolean;
  readonly reports: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color: boolean;
}

/** `loadline capacity URL|SCRIPT` */
export function capacityCommand(outcome: { exitCode: number }): Command {
  return new Command("capacity")
    .description("the highest rate that still meets its thresholds, and the headroom over the scenario's own rate")
    .argument("<url|script>", "a URL to GET, or a k6 script")
    .addOption(
      new Option("-e, --env <KEY=value>", "a variable for __ENV; may be repeated").argParser(pairs).default({}, "none"),
    )
    .addOption(new Option("--pid <[name=]pid>", "watch a process; may be repeated").argParser(pid).default([], "none"))
    .addOption(
      new Option("--command <[name=]words>", "start a target, watch it, stop it at the end; may be repeated")
        .argParser(watchedCommand)
        .default([], "none"),
    )
    .option("--ready-url <url>", "the first --command is ready when this answers")
    .addOption(
      new Option(
        "--threshold <metric expression>",
        "what a rate must meet, instead of the script's; may be repeated",
      ).argParser(threshold),
    )
    .option("--step <time>", "length of a step", "10s")
    .option("--warm-up <time>", "load before each step that is not measured", "2s")
    .option("--saturate <time>", "length of the closed loop that finds a URL's upper bound", "5s")
    .option("--connections <n>", "connections of that closed loop", count, 64)
    .option("--max-vus <n>", "virtual users that may wait for the target at once", count, 2000)
    .option("--max-rate <n>", "try no higher rate", count, 100_000)
    .option("--max-steps <n>", "give up after so many steps", count, 20)
    .option("--precision <ratio>", "end when the gap is smaller than this share", share, 0.05)
    .option("--allow-remote", "load a target on another machine until it fails")
    .option("--reports <dir>", "where the result's folder goes", "reports")
    .option("--json", "print the result as JSON")
    .option("-q, --quiet", "no progress")
    .option("--no-color", "no colours")
    .addHelpText(
      "after",
      `
A URL is saturated by closed loops for its upper bound; a script's rate doubles until it fails. Then open-model steps
close in on the highest rate that meets the thresholds (default: http_req_failed rate<0.01 and
http_req_response_time p(95)<500) and drops at most 0.1 % of its arrivals. A failed step is tried once more.

Exit codes: 0 a rate holds, 99 none does, 112 the generator failed at every rate, 105 stopped.

Examples:
  loadline capacity http://127.0.0.1:8080/api/items --pid $(pgrep -o node) --threshold "http_req_response_time p(99)<50"
  loadline capacity scenarios/api-baseline.ts --command "node server.js"`,
    )
    .action(async (target: string, flags: CapacityFlags) => {
      outcome.exitCode = await capacity(target, flags);
    });
}

async function capacity(target: string, flags: CapacityFlags): Promise<number> {
  const out = terminal(process.stdout, { color: flags.color });
  const err = terminal(process.stderr, { color: flags.color });
  const view = progressView(err, flags.quiet === true);
  const search = searchCapacity(requestOf(target, flags), observerOf(view, err, flags.quiet === true));
  const release = onSignal((signal) => {
    err.write(`\n${signal}: stopping with what was found; once more to leave at once\n`);
    search.stop(`Stopped by ${signal}.`);
  });
  try {
    const { folder, result } = await search.outcome;
    view.close();
    out.write(flags.json === true ? `${JSON.stringify({ folder, ...result })}\n` : renderCapacityText(result, out));
    if (flags.quiet !== true) err.write(`capacity folder  ${folder}\n`);
    if (result.limitedBy === "stopped") return exitCodes.signal;
    if (result.capacity !== null) return exitCodes.ok;
    return result.refusedBy === "generator" ? exitCodes.inconclusive : exitCodes.thresholds;
  } finally {
    view.close();
    release();
  }
}

function observerOf(view: ReturnType<typeof progressView>, err: Terminal, quiet: boolean): CapacityObserver {
  const line = (text: string): void => {
    view.close();
    if (!quiet) err.write(`${paint(err, "cyan", "▸")} ${text}\n`);
  };
  return {
    // A step's plan and folder are no news; its progress is.
    run: { ...view, planned: () => {} },
    saturating: (_, durationMs) => line(`saturating for ${formatMs(durationMs)} to find the upper bound`),
    saturated: ({ requestsPerSecond }) => line(`a closed loop reaches ${Math.round(requestsPerSecond)}/s`),
    stepping: (rate, number) => line(`step ${number}: ${rate}/s`),
    stepped({ p95Ms, outcome, reasons }) {
      const p95 = p95Ms === null ? "" : ` p95 ${formatMs(p95Ms)}`;
      line(`${outcome}${p95}${reasons.length > 0 ? `: ${reasons.join(" ")}` : ""}`);
    },
  };
}

function requestOf(target: string, flags: CapacityFlags): CapacityRequest {
  const atLeastOne = { connections: flags.connections, "max-vus": flags.maxVus, "max-rate": flags.maxRate };
  for (const [flag, value] of Object.entries({ ...atLeastOne, "max-steps": flags.maxSteps })) {
    if (value >= 1) continue;
    throw new Problem("usage.capacity", `--${flag} must be at least 1.`, { found: value, exitCode: exitCodes.usage });
  }
  return {
    target,
    env: flags.env,
    layers: { config: {}, env: environmentLayer(process.env), flags: {} },
    reportsDir: flags.reports,
    pids: flags.pid,
    commands: flags.command.map((command, index) =>
      index === 0 && flags.readyUrl !== undefined ? { ...command, readyUrl: flags.readyUrl } : command,
    ),
    argv: ["loadline", ...process.argv.slice(2)],
    thresholds: flags.threshold,
    stepMs: length(flags.step, "--step"),
    warmUpMs: parseDuration(flags.warmUp, "--warm-up"),
    saturateMs: length(flags.saturate, "--saturate"),
    connections: flags.connections,
    maxVUs: flags.maxVus,
    maxRate: flags.maxRate,
    maxSteps: flags.maxSteps,
    precision: flags.precision,
    allowRemote: flags.allowRemote === true,
  };
}

/** A second is the shortest that says anything. */
function length(text: string, flag: string): number {
  const ms = parseDuration(text, flag);
  if (ms >= 1000) return ms;
  throw new Problem("usage.capacity", `${flag} is too short.`, {
    found: text,
    expected: "1s or more",
    exitCode: exitCodes.usage,
  });
}

/** `metric expression`, collected by metric. */
function threshold(
  text: string,
  before: Readonly<Record<string, readonly string[]>> = {},
): Record<string, readonly string[]> {
  const match = /^([^\s{]+(?:\{[^}]*\})?)\s+(.+)$/.exec(text.trim());
  if (match === null)
    throw new InvalidArgumentError('A metric and an expression were expected: "http_req_duration p(95)<200".');
  const [, metric = "", expression = ""] = match;
  return { ...before, [metric]: [...(before[metric] ?? []), expression] };
}

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError("A share between 0 and 1 was expected, such as 0.05.");
  return value;
}
