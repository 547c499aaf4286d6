import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SeriesKey } from "../model/metric.js";
import type { Plan } from "../model/options.js";
import { exitCodes, Problem } from "../model/problem.js";
import { redactText } from "../model/redact.js";
import { guardGroup } from "../monitor/group.js";
import type { EngineListener } from "./engine-client.js";
import {
  environmentArguments,
  type K6Request,
  k6Environment,
  optionArguments,
  outputArguments,
} from "./k6-arguments.js";
import { findK6, type K6Binary } from "./k6-binary.js";
import { endOfK6 } from "./k6-end.js";
import { k6LogLine } from "./k6-log.js";
import { planOfK6 } from "./k6-plan.js";
import { scriptForK6 } from "./k6-script.js";
import { K6Stream } from "./k6-stream.js";
import { LineSplitter } from "./line-splitter.js";
import type { ChosenEngine, LoadEngine } from "./load-engine.js";
import type { EngineEnd, EngineStart, Phase, Planned } from "./protocol.js";

/** k6 starts its VUs, and writes its summary, beside what the plan says; then it is ended from outside. */
const beyondPlanMs = 60_000;
/** After SIGINT k6 tears down and writes what it has; it gets the script's teardown timeout and this. */
const stopMs = 5000;

/**
 * Finds k6 and what it is to run.
 *
 * @throws {Problem} `k6.not-found`, `k6.not-usable`, `script.…`
 */
export async function prepareK6(path: string, request: K6Request): Promise<ChosenEngine> {
  const binary = await findK6(request.binary, process.env);
  const script = await scriptForK6(path);
  return {
    script,
    foreign: { name: "k6", version: binary.version },
    open: (start, listener) => new K6Engine(binary, request, start, listener),
  };
}

/** k6 in a process of its own: told what to run, read while it runs, asked to stop. */
class K6Engine implements LoadEngine {
  readonly plan: Promise<Planned>;
  readonly ended: Promise<EngineEnd>;
  private settle: (end: EngineEnd) => void = () => {};
  private fail: (error: Error) => void = () => {};
  private child: ChildProcess | undefined;
  private readonly wantsSummary: boolean;
  private stream: K6Stream | undefined;
  private found: Plan | undefined;
  private stopReason: string | undefined;
  private lastError: string | undefined;
  private deadline: NodeJS.Timeout | undefined;
  private release: (() => Promise<void>) | undefined;
  private configFolder: string | undefined;

  constructor(
    private readonly binary: K6Binary,
    private readonly request: K6Request,
    private readonly given: EngineStart,
    private readonly listener: EngineListener,
  ) {
    // Only k6 knows whether it is exported; where it is merely mentioned, k6's own summary is shown.
    this.wantsSummary = /\bhandleSummary\b/.test(given.script.code || readFileSync(given.script.path, "utf8"));
    this.ended = new Promise((resolve, reject) => {
      this.settle = resolve;
      this.fail = reject;
    });
    this.ended.catch(() => {});
    this.plan = planOfK6(binary, given, request).then((plan) => {
      this.found = plan;
      return { plan, hasHandleSummary: this.wantsSummary, metrics: undefined };
    });
    this.plan.catch(() => {});
  }

  start(submetrics: readonly SeriesKey[], longestMs: Readonly<Record<Phase, number>>): void {
    const child = spawn(this.binary.path, this.parameters(), {
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own: a terminal's Ctrl-C would reach k6 beside ours, and two of them cut it off.
      detached: true,
      env: k6Environment(this.given.layers.flags, process.env, this.wantsSummary),
    });
    this.child = child;
    if (child.pid !== undefined) this.release = guardGroup(child.pid);
    const stream = new K6Stream({
      plan: this.found!,
      submetrics,
      pid: child.pid,
      onWarning: (code, text) => this.listener.warning(code, text),
      onWindow: (batch) => this.listener.window(batch),
      onLoad: (startedAtMs) => this.listener.phase("load", startedAtMs),
    });
    this.stream = stream;
    const log = new LineSplitter((line) => this.log(line));
    child.stdout!.on("data", (bytes: Buffer) => stream.push(bytes));
    child.stderr!.on("data", (bytes: Buffer) => log.push(bytes));
    child.on("error", (error) => this.fail(notStarted(this.binary, error)));
    child.on("close", (code, signal) => {
      log.end();
      this.over(code, signal);
    });
    const { setup, load, teardown } = longestMs;
    this.endAfter(setup + load + teardown + beyondPlanMs);
  }

  stop(_graceMs: number, reason: string): void {
    if (this.stopReason !== undefined) return;
    this.stopReason = reason;
    this.child?.kill("SIGINT");
    const options = this.found?.options;
    this.endAfter((options === undefined || options.noTeardown ? 0 : options.teardownTimeoutMs) + stopMs);
  }

  /** k6 calls handleSummary itself and writes its files; what it prints has come down the stream. */
  async summarise(): Promise<Readonly<Record<string, string>> | undefined> {
    const text = this.stream?.otherText ?? "";
    return text === "" ? undefined : { stdout: text };
  }

  async close(): Promise<void> {
    clearTimeout(this.deadline);
    this.stream?.close();
    if (this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null) this.kill();
    await this.release?.();
    if (this.configFolder !== undefined) rmSync(this.configFolder, { recursive: true, force: true });
  }

  private parameters(): string[] {
    const { script, layers, secretSources } = this.given;
    return [
      "run",
      "--quiet",
      "--no-color",
      "--log-format=json",
      // A port that nobody asked for would be in the way of the next k6.
      ...(process.env.K6_ADDRESS === undefined ? ["--address="] : []),
      ...outputArguments(this.request.outputs, process.env),
      ...environmentArguments(this.given, this.request, process.env),
      ...optionArguments(layers.flags),
      ...(this.request.noThresholds ? ["--no-thresholds"] : []),
      ...(secretSources ?? []).map((source) => `--secret-source=${source}`),
      ...this.configArguments(),
      script.path,
    ];
  }

  /** k6 lays a file of options below the script's, as we do with ours. */
  private configArguments(): string[] {
    const { config } = this.given.layers;
    if (Object.keys(config).length === 0) return [];
    this.configFolder = mkdtempSync(join(tmpdir(), "loadline-k6-"));
    const path = join(this.configFolder, "config.json");
    writeFileSync(path, JSON.stringify(config));
    return [`--config=${path}`];
  }

  private log(line: string): void {
    const { level, text } = k6LogLine(line);
    if (text === "") return;
    if (level === "error") this.lastError = redactText(text);
    this.listener.log({ level, text: redactText(text) });
  }

  private over(code: number | null, signal: NodeJS.Signals | null): void {
    clearTimeout(this.deadline);
    const { stopReason, lastError } = this;
    const end = endOfK6({ code, signal, stopReason, lastError });
    const carriedOut = !(end instanceof Problem) && (end.exitCode ?? exitCodes.markedFailed) === exitCodes.markedFailed;
    this.stream!.end(carriedOut);
    const [first = ""] = this.stream!.otherText.split("\n");
    if (!this.wantsSummary && first !== "") {
      const text = `k6 wrote something to its output that is no sample and is left out: ${first.slice(0, 80)}`;
      this.listener.warning("k6.output", text);
    }
    if (end instanceof Problem) this.fail(end);
    else this.settle(end);
  }

  /** Asked to stop, k6 is ended when its time is up; else it is asked first. */
  private endAfter(ms: number): void {
    clearTimeout(this.deadline);
    if (ms > 2 ** 31 - 1) return;
    this.deadline = setTimeout(() => {
      if (this.stopReason === undefined) this.stop(0, "k6 did not end when its time was up.");
      else this.kill();
    }, ms);
  }

  private kill(): void {
    try {
      process.kill(-this.child!.pid!, "SIGKILL");
    } catch {
      // It ended in this moment.
    }
  }
}

function notStarted(binary: K6Binary, error: Error): Problem {
  return new Problem("k6.not-started", "k6 cannot be started.", {
    at: binary.path,
    found: (error as NodeJS.ErrnoException).code ?? error.message,
    hint: "Check the file and your right to run it.",
    cause: error,
  });
}
