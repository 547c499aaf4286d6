import { spawn } from "node:child_process";
import { once } from "node:events";
import { unmeasuredByK6 } from "../import/imported.js";
import type { LoadlineOptions, Plan } from "../model/options.js";
import { type ExitCode, exitCodes, Problem } from "../model/problem.js";
import { optionWarnings } from "../script/options.js";
import { makePlan } from "../script/plan.js";
import { environmentArguments, type K6Request } from "./k6-arguments.js";
import type { K6Binary } from "./k6-binary.js";
import { k6LogLine } from "./k6-log.js";
import { LineSplitter } from "./line-splitter.js";
import type { EngineStart } from "./protocol.js";

/** Init code has this long, as in our own engine. */
const inspectTimeoutMs = 60_000;

/**
 * What k6 is going to do: the options that it finds in the script, under ours.
 *
 * @throws {Problem} `k6.script` with what k6 says of the script and with its exit code, or `options.…`
 */
export async function planOfK6(binary: K6Binary, start: EngineStart, request: K6Request): Promise<Plan> {
  const exported = optionsOf(await inspect(binary, start, request), binary);
  const scenarios = Object.values((exported.scenarios ?? {}) as Record<string, { exec?: string }>);
  const plan = makePlan({
    ...start.layers,
    exported,
    // Whether the functions are there is k6's to say.
    exportNames: ["default", ...scenarios.flatMap(({ exec }) => exec ?? [])],
  });
  refuseOurMetrics(plan);
  // What our own engine does not act on, k6 may.
  const doubts = new Set(optionWarnings({ ...start.layers.config, ...exported, ...start.layers.env }));
  const warnings = plan.warnings.filter((text) => !doubts.has(text));
  return { ...plan, warnings: [...warnings, ...leftOut(plan.options.loadline)] };
}

/** What of our own options k6 cannot do; the flags of the same names set them. */
function leftOut({ warmUpMs, workers, arrivals }: LoadlineOptions): string[] {
  return [
    ...((warmUpMs ?? 0) > 0 ? ["warmUp is left out: k6 has no load that is not measured."] : []),
    ...(workers === undefined ? [] : ["workers is left out: k6 shares its load out by itself."]),
    ...(arrivals === "poisson" ? ["arrivals is left out: k6's arrivals are evenly spaced."] : []),
  ].map((text) => `options.ext.loadline.${text}`);
}

async function inspect(binary: K6Binary, start: EngineStart, request: K6Request): Promise<string> {
  const parameters = ["inspect", "--log-format=json", ...environmentArguments(start, request, process.env)];
  const child = spawn(binary.path, [...parameters, start.script.path], {
    stdio: ["ignore", "pipe", "pipe"],
    // Ctrl-C in a terminal is ours to pass on.
    detached: true,
    timeout: inspectTimeoutMs,
    killSignal: "SIGKILL",
  });
  let said = "";
  let lastError: string | undefined;
  const log = new LineSplitter((line) => {
    const { level, text } = k6LogLine(line);
    if (level === "error") lastError = text;
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  child.stderr.on("data", (bytes: Buffer) => log.push(bytes));
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  log.end();
  if (code === 0) return said;
  if (signal === "SIGKILL") {
    throw new Problem("k6.script", "The script's init code did not return.", {
      at: start.script.path,
      hint: "Look for a loop without an end outside the script's functions.",
      exitCode: exitCodes.otherTimeout,
    });
  }
  throw new Problem("k6.script", `k6 cannot load the script: ${lastError ?? "it gave no reason"}`, {
    at: start.script.path,
    found: signal ?? `exit code ${code}`,
    hint: "See all that k6 says with: k6 inspect SCRIPT",
    exitCode: code === exitCodes.scriptException || code === exitCodes.scriptAborted ? (code as ExitCode) : 104,
  });
}

/** @throws {Problem} `k6.not-usable` */
function optionsOf(said: string, binary: K6Binary): Readonly<Record<string, unknown>> {
  try {
    // k6 writes what is unset as null; a scenario that was given must not be full of keys that it does not have.
    const parsed: unknown = JSON.parse(said.slice(Math.max(0, said.indexOf("{"))), (_key, value) => value ?? undefined);
    if (typeof parsed === "object" && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // Told below, with what was said.
  }
  throw new Problem("k6.not-usable", "k6 did not tell the script's options.", {
    at: binary.path,
    found: said.trim().slice(0, 80) || "nothing",
    expected: "the options as JSON, in answer to: k6 inspect SCRIPT",
    hint: "Check which program that is: k6 version",
  });
}

/** @throws {Problem} `k6.lacks-metric`: k6 would say that there is no such metric, and could not say why */
function refuseOurMetrics({ options }: Plan): void {
  for (const key of Object.keys(options.thresholds)) {
    const metric = key.split("{")[0]!.trim();
    if (!unmeasuredByK6.includes(metric)) continue;
    throw new Problem("k6.lacks-metric", `k6 does not measure ${metric}.`, {
      at: `options.thresholds["${key}"]`,
      found: metric,
      expected: "a metric of k6's, or one of the script's own",
      hint: "Put the threshold on http_req_duration, or run without --engine k6.",
    });
  }
}
