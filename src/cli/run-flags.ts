import { type Command, InvalidArgumentError, Option } from "commander";
import type { WatchedCommand, WatchedPid } from "../harness/run-request.js";
import { type StopRules, type SummaryMode, summaryModes } from "../harness/words.js";

/** `[NAME=]VALUE` as given, or with the name of its kind. */
export interface NamedValue {
  readonly name: string;
  readonly value: string;
}

/** What commander makes of the flags of `addSourceFlags`. */
export interface SourceFlags {
  readonly cgroup?: readonly NamedValue[];
  readonly container?: readonly NamedValue[];
  readonly metricsUrl?: readonly NamedValue[];
  readonly metric?: Readonly<Record<string, string>>;
  readonly prometheus?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly stopWhen?: StopRules;
}

/** What commander makes of the flags of `run`; only those given are present. */
export interface RunFlags extends SourceFlags {
  readonly env: Readonly<Record<string, string>>;
  readonly tag: Readonly<Record<string, string>>;
  readonly label: Readonly<Record<string, string>>;
  readonly pid: readonly WatchedPid[];
  readonly command: readonly WatchedCommand[];
  readonly readyUrl?: string;
  readonly drain?: string;
  readonly reports: string;
  readonly baselines: string;
  readonly engine?: string;
  readonly k6Binary?: string;
  readonly history: boolean;
  readonly repeat: number;
  readonly untilDecided?: boolean;
  readonly against: string;
  readonly pause: string;
  readonly restartCommand?: string;
  readonly warmUp?: string;
  readonly workers?: number | "auto";
  readonly arrivals?: string;
  readonly seed?: number | undefined;
  readonly summaryExport?: string;
  readonly summaryMode?: SummaryMode;
  readonly showConfig?: boolean;
  readonly logOutput?: string;
  readonly logFormat?: string;
  readonly consoleOutput?: string;
  readonly verbose?: boolean;
  readonly config?: string;
  readonly probes?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color: boolean;
  readonly thresholds: boolean;
  readonly summary: boolean;
  readonly setup: boolean;
  readonly teardown: boolean;
  readonly out: readonly string[];
  readonly secretSource: readonly string[];
  readonly includeSystemEnvVars: boolean;
  readonly stage?: readonly { readonly duration: string; readonly target: number }[];
  readonly [k6Flag: string]: unknown;
}

/** k6's flags that are laid over the script's options as they are: commander's name to the option's. */
const optionFlags: Readonly<Record<string, string>> = {
  vus: "vus",
  duration: "duration",
  iterations: "iterations",
  maxRedirects: "maxRedirects",
  userAgent: "userAgent",
  batch: "batch",
  batchPerHost: "batchPerHost",
  insecureSkipTlsVerify: "insecureSkipTLSVerify",
  throw: "throw",
  discardResponseBodies: "discardResponseBodies",
  connectionReuse: "noConnectionReuse",
  vuConnectionReuse: "noVUConnectionReuse",
  minIterationDuration: "minIterationDuration",
  setupTimeout: "setupTimeout",
  teardownTimeout: "teardownTimeout",
  summaryTimeUnit: "summaryTimeUnit",
  rps: "rps",
  blacklistIp: "blacklistIPs",
  blockHostnames: "blockHostnames",
  dns: "dns",
  httpDebug: "httpDebug",
  localIps: "localIPs",
  executionSegment: "executionSegment",
  executionSegmentSequence: "executionSegmentSequence",
};

/** Adds the flags of k6's `run`, under k6's names. */
export function addK6Flags(command: Command): Command {
  return command
    .option("-u, --vus <n>", "number of virtual users", count)
    .option("-d, --duration <time>", "length, such as 30s or 1h")
    .option("-i, --iterations <n>", "iterations shared by all VUs", count)
    .addOption(new Option("-s, --stage <time:vus>", "a stage of ramping VUs; may be repeated").argParser(stages))
    .addOption(
      new Option("-e, --env <KEY=value>", "a variable for __ENV; may be repeated").argParser(pairs).default({}, "none"),
    )
    .addOption(
      new Option("--tag <name=value>", "a tag on every sample; may be repeated").argParser(pairs).default({}, "none"),
    )
    .addOption(
      new Option("--include-system-env-vars [bool]", "let the script see this shell's environment")
        .argParser((text: string) => text !== "false")
        .preset("true")
        .default(true),
    )
    .option("--execution-segment <from:to>", "this process's part of the test, such as 0:1/4")
    .option("--execution-segment-sequence <bounds>", "the parts of all processes, such as 0,1/4,1/2,1")
    .option("--max-redirects <n>", "redirects to follow", count)
    .option("--user-agent <text>", "User-Agent header")
    .option("--batch <n>", "parallel requests of one http.batch", count)
    .option("--batch-per-host <n>", "the same for one host", count)
    .option("--insecure-skip-tls-verify", "accept any certificate")
    .option("--rps <n>", "requests a second over all VUs, at most", count)
    .addOption(new Option("--blacklist-ip <range>", "never connect there; may be repeated").argParser(listed))
    .addOption(new Option("--block-hostnames <pattern>", "never connect there; may be repeated").argParser(listed))
    .option("--dns <text>", "such as ttl=5m,select=random,policy=preferIPv4")
    .option("--local-ips <list>", "addresses to send from, such as 10.0.0.2-10.0.0.9")
    .option("--http-debug [full]", "log the heads of requests and responses; full: bodies too")
    .option("-w, --throw", "failed requests throw")
    .option("--discard-response-bodies", "do not keep response bodies")
    .option("--no-connection-reuse", "a new connection for every request")
    .option("--no-vu-connection-reuse", "new connections for every iteration")
    .option("--min-iteration-duration <time>", "an iteration lasts at least this long")
    .option("--no-setup", "leave setup() out")
    .option("--setup-timeout <time>", "how long setup() may take")
    .option("--no-teardown", "leave teardown() out")
    .option("--teardown-timeout <time>", "how long teardown() may take")
    .option("--no-thresholds", "do not judge thresholds")
    .option("--no-summary", "print no summary")
    .addOption(
      new Option(
        "--summary-mode <mode>",
        "compact, legacy, full (adds each scenario's figures) or disabled (no handleSummary either)",
      )
        .argParser(summaryMode)
        .env("K6_SUMMARY_MODE"),
    )
    .option("--summary-trend-stats <list>", "columns of trends, such as avg,p(99)")
    .option("--summary-time-unit <unit>", "s, ms or us")
    .addOption(
      new Option("--summary-export <file>", "write the summary as JSON, in k6's form").env("K6_SUMMARY_EXPORT"),
    )
    .addOption(
      new Option("-o, --out <json|csv=file>", "write every sample, in k6's form; .gz compresses; may be repeated")
        .argParser(words)
        .env("K6_OUT")
        .default([], "none"),
    )
    .addOption(new Option("--system-tags <list>", "the tags that samples get by themselves").argParser(listed))
    .addOption(
      new Option("--secret-source <source>", "what k6/secrets reads: file=PATH or mock=key=value; may be repeated")
        .argParser(words)
        .default([], "none"),
    )
    .option("-q, --quiet", "no progress")
    .option("--no-color", "no colours");
}

/** Adds the flags of ours that shape the load. */
export function addLoadFlags(command: Command): Command {
  return command
    .addOption(
      new Option("--workers <n|auto>", "engine threads; auto: what the rate asks for, within cores - 1").argParser(
        workers,
      ),
    )
    .addOption(
      new Option("--arrivals <how>", "arrivals of a rate: evenly, or at random").choices(["uniform", "poisson"]),
    )
    .option("--seed <n>", "of arrivals at random; 1 unless given", count);
}

/** Adds what every command that repeats runs says of each of them. */
export function addEachRunFlags(command: Command): Command {
  return command
    .addOption(
      new Option("--label <name=value>", "a label of the runs, such as version=1.4; may be repeated")
        .argParser(pairs)
        .default({}, "none"),
    )
    .option("--warm-up <time>", "load that is not measured, before each run");
}

/** Adds the flags that say what is measured: its processes, how it is started, what it is called. */
export function addTargetFlags(command: Command): Command {
  command
    .addOption(
      new Option("--pid <[name=]pid>", "watch a process and its children; may be repeated")
        .argParser(pid)
        .default([], "none"),
    )
    .addOption(
      new Option("--command <[name=]words>", "start a target for each run, watch it, stop it; may be repeated")
        .argParser(watchedCommand)
        .default([], "none"),
    )
    .option("--ready-url <url>", "the first --command, or a restarted target, is ready when this answers")
    .option("--restart-command <words>", "start a target anew between runs, such as: systemctl restart api");
  return addEachRunFlags(command);
}

/** Adds the flags that say where things are kept. */
export function addPlaceFlags(command: Command): Command {
  return command
    .option("--reports <dir>", "where run folders live", "reports")
    .option("--baselines <dir>", "where baselines and histories live", "baselines");
}

/** The layer of raw k6 options that the given flags make. */
export function flagLayer(flags: RunFlags): Record<string, unknown> {
  const layer: Record<string, unknown> = {};
  for (const [flag, option] of Object.entries(optionFlags)) {
    const value = flags[flag];
    // commander turns --no-x into x: false, with x: true where it was not given.
    if (option.startsWith("no")) {
      if (value === false) layer[option] = true;
    } else if (value !== undefined) layer[option] = value;
  }
  if (!flags.setup) layer.noSetup = true;
  if (!flags.teardown) layer.noTeardown = true;
  if (flags.stage !== undefined) layer.stages = flags.stage;
  if (Object.keys(flags.tag).length > 0) layer.tags = flags.tag;
  const { workers, arrivals, seed } = flags;
  const loadline = Object.fromEntries(Object.entries({ workers, arrivals, seed }).filter(([, v]) => v !== undefined));
  if (Object.keys(loadline).length > 0) layer.ext = { loadline };
  if (Array.isArray(flags.systemTags)) layer.systemTags = flags.systemTags;
  if (typeof flags.summaryTrendStats === "string") {
    layer.summaryTrendStats = flags.summaryTrendStats.split(",").map((stat) => stat.trim());
  }
  return layer;
}

function listed(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(",")];
}

/** An empty variable of the environment sets nothing. */
function words(text: string, before: readonly string[] = []): string[] {
  return text === "" ? [...before] : [...before, text];
}

function summaryMode(text: string): SummaryMode | undefined {
  const mode = summaryModes.find((each) => each === text);
  if (mode === undefined && text !== "")
    throw new InvalidArgumentError(`One of ${summaryModes.join(", ")} was expected.`);
  return mode;
}

/** `--workers` */
function workers(text: string): number | "auto" {
  const value = text === "auto" ? text : Number(text);
  if (value !== "auto" && !(Number.isInteger(value) && value >= 1)) {
    throw new InvalidArgumentError('A whole number above 0 or "auto" was expected.');
  }
  return value;
}

export function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError("A whole number was expected.");
  return value;
}

/** A row's margin of its own: "http_req_response_time p(95)=0.1". */
export function marginPairs(text: string, before: Readonly<Record<string, number>> = {}): Record<string, number> {
  const equals = text.lastIndexOf("=");
  const value = Number(text.slice(equals + 1));
  if (equals <= 0 || !(value > 0)) {
    throw new InvalidArgumentError('SERIES=RATIO was expected, such as "http_req_failed=0.01".');
  }
  return { ...before, [text.slice(0, equals).trim()]: value };
}

export function pairs(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const equals = text.indexOf("=");
  if (equals <= 0) throw new InvalidArgumentError("NAME=value was expected.");
  return { ...before, [text.slice(0, equals)]: text.slice(equals + 1) };
}

/** `[NAME=]PID` */
export function pid(text: string, before: readonly WatchedPid[] = []): WatchedPid[] {
  const { name, rest } = named(text, before.length);
  const value = Number(rest);
  if (!Number.isInteger(value) || value <= 0)
    throw new InvalidArgumentError("A process id was expected, such as 4711 or api=4711.");
  return [...before, { name, pid: value }];
}

/** `[NAME=]COMMAND WORDS` */
export function watchedCommand(text: string, before: readonly WatchedCommand[] = []): WatchedCommand[] {
  const { name, rest } = named(text, before.length);
  return [...before, { name, command: rest, readyUrl: undefined }];
}

function named(text: string, index: number): { name: string; rest: string } {
  const match = /^([A-Za-z][\w-]*)=(.+)$/s.exec(text);
  if (match !== null) return { name: match[1]!, rest: match[2]! };
  return { name: index === 0 ? "target" : `target-${index + 1}`, rest: text };
}

function stages(text: string, before: readonly { duration: string; target: number }[] = []) {
  const parsed = text.split(",").map((part) => {
    const match = /^([^:]+):(\d+)$/.exec(part.trim());
    if (match === null) throw new InvalidArgumentError("TIME:VUS was expected, such as 30s:10.");
    return { duration: match[1]!, target: Number(match[2]) };
  });
  return [...before, ...parsed];
}
