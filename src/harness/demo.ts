import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { breakable } from "../demo/break.js";
import { type DemoFlags, parseDemoFlags } from "../demo/options.js";
import { serveDemoTarget } from "../demo/serve.js";
import { type ExitCode, exitCodes, Problem } from "../model/problem.js";
import { renderComparison } from "../report/comparison-text.js";
import { formatCounted } from "../report/format.js";
import { renderText } from "../report/text.js";
import { acceptRuns, compareRefs, exitCodeOfVerdict, hasBaseline, makeReport } from "./results.js";
import { startRun } from "./run.js";
import type { RunObserver, RunOutcome, RunRequest } from "./run-request.js";

const packageRoot = fileURLToPath(new URL("../../", import.meta.url));
const demoScript = join(packageRoot, "scenarios", "api-baseline.ts");
const command = join(packageRoot, "dist", "cli", "bin.js");
const baselineName = "demo";
const scenario = "api-baseline";
/** A Node target gets faster for its first seconds: compiled code replaces interpreted code. */
const warmUpMs = 3000;

export interface DemoRequest {
  readonly rate: number;
  readonly duration: string;
  readonly runs: number;
  readonly latencyScale: string;
  readonly fresh: boolean;
  readonly reportsDir: string;
  readonly baselinesDir: string;
}

export interface DemoView {
  step(text: string): void;
  text(text: string): void;
  /** Told how to end what goes on. */
  onStoppable(stop: (reason: string) => void): void;
  readonly terminal: { readonly color: boolean; readonly width: number };
}

/** The flags of `demo-target` with what each does, for the command line's help. */
export const demoTargetFlags: readonly (readonly [flag: string, text: string])[] = [
  ["--port <n>", "port; 0 takes a free one (default 0)"],
  ["--host <address>", "address to listen on (default 127.0.0.1)"],
  ["--latency-scale <x>", "multiply every latency"],
  ["--stall-every <period[:length]>", "freeze, such as 10s:1s"],
  ["--leak-mb-per-hour <n>", "keep that much more memory each hour"],
  ["--leak-descriptors-per-hour <n>", "keep so many more files open each hour, up to 800"],
  ["--error-ratio <x>", "answer this share of API requests with 500"],
  ["--rate-limit <n>", "answer 429 above so many API requests a second"],
  ["--break <parts>", `break parts of it, parted by commas: ${Object.keys(breakable).join(", ")}`],
  ["--seed <n>", "seed of the latencies"],
  ["--tls-days <n>", "serve HTTPS with a certificate that expires in so many days (90 with --tls-cert-file alone)"],
  ["--tls-cert-file <file>", "serve HTTPS, and write the certificate here for clients to trust"],
  ["--log <what>", "all, errors or none (default all)"],
  ["--quiet", "the same as --log none"],
  ["--parent-pid <n>", "end when that process does"],
];

/** Serves until SIGTERM, SIGINT or the parent's end. */
export async function serveDemo(flags: DemoFlags & { readonly parentPid?: string }): Promise<void> {
  const parentPid = flags.parentPid === undefined ? {} : { parentPid: Number(flags.parentPid) };
  await serveDemoTarget({ ...parseDemoFlags(flags), ...parentPid });
}

/** The tour: target, load, accept or compare, report. */
export async function runDemo(
  request: DemoRequest,
  observer: RunObserver,
  view: DemoView,
): Promise<{ exitCode: ExitCode }> {
  const { reportsDir, baselinesDir } = request;
  if (request.runs < 1) {
    throw new Problem("usage.runs", "A demo needs at least one run.", {
      found: request.runs,
      exitCode: exitCodes.usage,
    });
  }
  if (request.fresh) await rm(join(baselinesDir, scenario, `${baselineName}.json`), { force: true });
  const compares = await hasBaseline(baselinesDir, scenario, baselineName);
  view.step(
    `${formatCounted(request.runs, "run")} of ${request.duration} at ${request.rate} requests a second against the built-in target; ` +
      (compares ? "then a comparison with the accepted baseline" : "then that is accepted as the baseline"),
  );
  const outcomes: RunOutcome[] = [];
  for (let i = 0; i < request.runs; i += 1) {
    view.step(`run ${i + 1} of ${request.runs}`);
    const active = startRun(runRequest(request), observer);
    view.onStoppable(active.stop);
    const outcome = await active.outcome;
    outcomes.push(outcome);
    if (outcome.manifest.status !== "complete") break;
  }
  const last = outcomes.at(-1)!;
  if (last.manifest.status !== "complete") {
    view.text(renderText(last.manifest, { ...view.terminal, decision: last.decision }));
    return { exitCode: last.exitCode };
  }

  const refs = outcomes.map((outcome) => outcome.folder);
  let exitCode: ExitCode = outcomes.find((outcome) => outcome.exitCode !== exitCodes.ok)?.exitCode ?? exitCodes.ok;
  if (compares) {
    const { comparison } = await compareRefs({ refs, reportsDir, baselinesDir, against: baselineName });
    view.text(`${renderComparison(comparison, view.terminal)}\n`);
    // The tour is not a gate: a verdict that needs more runs says so and is no failure of the demo.
    const code = exitCodeOfVerdict(comparison.verdict);
    if (exitCode === exitCodes.ok && code === exitCodes.regressed) exitCode = code;
  } else if (exitCode === exitCodes.ok) {
    const { path } = await acceptRuns({
      refs,
      reportsDir,
      baselinesDir,
      name: baselineName,
      by: "loadline demo",
      note: "made by the tour",
      replace: false,
    });
    view.step(`baseline accepted: ${path}`);
  }
  const report = await makeReport({ ref: last.folder, with: refs, reportsDir, baselinesDir, against: baselineName });
  // Only now is everything known that the verdict rests on.
  view.text(renderText(last.manifest, { ...view.terminal, decision: report.model.decision }));
  view.step(`report:  ${report.html}`);
  for (const chart of report.charts) view.step(`chart:   ${chart}`);
  if (!compares && exitCode === exitCodes.ok) {
    view.step("next:    loadline demo                       compares with what was accepted just now");
    view.step("         loadline demo --latency-scale 1.3   is a release that got slower");
  }
  return { exitCode };
}

function runRequest(request: DemoRequest): RunRequest {
  const target = ["demo-target", "--port", "0", "--quiet", "--parent-pid", String(process.pid)];
  const scale = ["--latency-scale", request.latencyScale];
  const words = [process.execPath, command, ...target, ...scale];
  return {
    script: demoScript,
    env: { RATE: String(request.rate), DURATION: request.duration },
    layers: { config: {}, env: {}, flags: {} },
    labels: {},
    reportsDir: request.reportsDir,
    pids: [],
    commands: [{ name: "target", command: words.map(quoted).join(" "), readyUrl: undefined }],
    argv: ["loadline", "demo", "--rate", String(request.rate), "--duration", request.duration, ...scale],
    noThresholds: false,
    warmUpMs,
  };
}

function quoted(word: string): string {
  return /^[\w./:-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
