import { basename, dirname, relative, resolve } from "node:path";
import { optionsDigest, readEnvironment } from "../baseline/fingerprint.js";
import { decide } from "../compare/decide.js";
import {
  checkThresholds,
  evaluateThresholds,
  type ParsedThreshold,
  parseThresholds,
  shouldAbort,
  submetricsOf,
  unmeasuredWarnings,
} from "../compare/thresholds.js";
import { generatorFailed, judgeValidity } from "../compare/validity.js";
import { proxiesOf } from "../http/proxy.js";
import { monotonicClock } from "../load/clock.js";
import { collectGarbage } from "../load/collect-garbage.js";
import { makeRestSign, restLeftMs } from "../load/rest-sign.js";
import { LoadTally } from "../measure/load-figures.js";
import { LongLines } from "../measure/long-lines.js";
import { makeSummary, toHandleSummaryData, toSummaryExport } from "../measure/summary.js";
import { Totals } from "../measure/totals.js";
import { type SeriesKey, seriesName } from "../model/metric.js";
import type { Plan, ScenarioPlan } from "../model/options.js";
import { type ExitCode, exitCodes, Problem } from "../model/problem.js";
import { redactCommand, redactText, redactValue } from "../model/redact.js";
import type { RunManifest, Summary, ThresholdResult } from "../model/run.js";
import type { WindowBatch } from "../model/window.js";
import { stepAside, useThePausesOf } from "../monitor/step-aside.js";
import { type OutputSpec, SampleFile } from "../output/sample-file.js";
import { encodeHistogram } from "../record/codec.js";
import { RunWriter } from "../record/writer.js";
import { begunManifest } from "./begun-manifest.js";
import { checkpointEveryMs, checkpointLine } from "./checkpoint.js";
import { chooseEngine } from "./choose-engine.js";
import { formatContext } from "./format-context.js";
import type { ChosenEngine, LoadEngine } from "./load-engine.js";
import type { RunProbes } from "./probes.js";
import { progressOf } from "./progress.js";
import type { EngineEnd, Phase } from "./protocol.js";
import type { RunObserver, RunOutcome, RunRequest } from "./run-request.js";
import { TargetWatch } from "./target-watch.js";

/** k6 evaluates thresholds at this interval. */
const thresholdEveryMs = 2000;
/** A first Ctrl-C lets running iterations finish for this long. */
const stopGraceMs = 2000;

/** A run that goes on: its outcome to come, and the way to end it early. */
export interface ActiveRun {
  readonly outcome: Promise<RunOutcome>;
  /** Ends it gracefully, with results. */
  stop(reason: string): void;
}

/** Drives a script, records the run folder, judges thresholds and validity: the pipeline on one page. */
export function startRun(request: RunRequest, observer: RunObserver): ActiveRun {
  let stopReason: string | undefined;
  const stopping = new AbortController();
  let stopEngine: ((reason: string) => void) | undefined;
  let probes: RunProbes | undefined;
  const outcome = drive();
  return {
    outcome,
    stop(reason) {
      stopReason ??= reason;
      stopping.abort();
      probes?.giveUp();
      stopEngine?.(reason);
    },
  };

  async function drive(): Promise<RunOutcome> {
    // The engine reads them for itself; a mistake in one is told before anything starts.
    proxiesOf(process.env);
    const chosen = await chooseEngine({ ...request, script: resolve(request.script) });
    const { script } = chosen;
    const warnings = new Map<string, string>(script.warnings.map((text) => [text, text]));
    const warn = (code: string, found: string): void => {
      if (warnings.has(code)) return;
      const text = redactText(found);
      warnings.set(code, text);
      observer.log("warn", text);
    };
    const run = new RunInProgress();
    const watch = await TargetWatch.open(request, (text) => warn(text, text));
    let engine: LoadEngine | undefined;
    let writer: RunWriter | undefined;
    let outputs: readonly SampleFile[] = [];
    let plannedMs = 0;
    const restSign = makeRestSign();
    const clock = monotonicClock();
    const pausesUsed = useThePausesOf(() => restLeftMs(restSign, clock()));
    try {
      if (request.probes !== undefined) {
        const baseUrl = request.env.BASE_URL ?? watch.url ?? request.shellEnv?.BASE_URL;
        // Loaded when there are some: a run without probes starts sooner.
        const { RunProbes } = await import("./probes.js");
        probes = new RunProbes(request.probes, {
          baseUrl,
          env: { ...request.shellEnv, ...request.env },
          outputs: watch.logs,
        });
      }
      engine = chosen.open(
        {
          script,
          env: {
            ...request.shellEnv,
            ...(watch.url === undefined ? {} : { BASE_URL: watch.url }),
            ...request.env,
          },
          layers: request.layers,
          samples: (request.outputs ?? []).length > 0,
          warmUpMs: request.warmUpMs,
          restSign,
          secretSources: request.secretSources ?? [],
        },
        {
          window: (batch) => run.window(batch),
          samples: (batch) => {
            for (const output of outputs) output.write(batch);
          },
          log: ({ level, text, ofConsole }) => observer.log(level, text, ofConsole),
          warning: warn,
          preparing: (made, of) => observer.preparing(made, of),
          phase: (phase, startedAtMs) => {
            if (phase === "load") {
              watch.begin(Date.now() - startedAtMs);
              probes?.begin(plannedMs);
            }
            observer.phase(phase);
          },
        },
      );
      const { plan, hasHandleSummary, metrics } = await engine.plan;
      for (const text of plan.warnings) warn(text, text);
      plannedMs = plan.durationMs;
      const thresholds = request.noThresholds ? [] : parseThresholds(plan.options.thresholds);
      if (metrics !== undefined) checkThresholds(thresholds, metrics);
      outputs = await openOutputs(request.outputs ?? [], plan);
      const manifest = makeManifest(request, chosen, plan, watch.sourceNames);
      const end = (reason: string, graceMs: number): void => engine!.stop(graceMs, reason);
      writer = await RunWriter.create({
        reportsDir: request.reportsDir,
        manifest,
        onError: (problem) => end(problem.message, 0),
        breathe: stepAside,
      });
      observer.planned(plan, writer.folder);
      const abort = (reason: string): void => end(reason, 0);
      const checkpoint = (): void => writer!.checkpoint({ ...manifest, warnings: [...warnings.values()] });
      run.attach({ plan, thresholds, writer, watch, observer, abort, checkpoint });
      stopEngine = (reason) => end(reason, stopGraceMs);
      watch.onCrossed = (reason) => end(reason, stopGraceMs);
      await probes?.before();
      collectGarbage();
      const ofScenarios = request.summaryMode === "full" ? scenarioSeries(plan) : [];
      engine.start([...submetricsOf(thresholds), ...ofScenarios, ...perScenario(plan)], longestMs(plan));
      if (stopReason !== undefined) stopEngine(stopReason);
      const ended = await engine.ended.catch((error: unknown) => run.diedWith(error));
      stopEngine = undefined;
      watch.endLoad();
      await watch.drain(request.drainMs ?? 0, stopping.signal);
      await watch.endSampling();
      writer.writeResources(watch.take());
      await probes?.end();
      await probes?.write(writer.folder);
      await watch.close(writer.folder);

      const results = run.evaluate();
      for (const text of unmeasuredWarnings(results)) warn(text, text);
      const summary = makeSummary({
        series: run.totals.entries(),
        checks: run.totals.checks,
        groups: run.totals.groups,
        durationMs: run.tally.durationMs,
        trendStats: plan.options.summaryTrendStats,
        thresholds: results,
        defined: metrics,
        also: ofScenarios.map(seriesName),
        isStdOutTTY: process.stdout.isTTY === true,
        isStdErrTTY: process.stderr.isTTY === true,
      });
      const finished = finishManifest(manifest, run, ended, results, summary, [...warnings.values()], watch);
      const judged = exitCodeOf(ended, run, finished);
      const unproven = judged === exitCodes.ok && probes?.passed === false;
      const complete = { ...finished, exitCode: unproven ? exitCodes.checklistIncomplete : judged };
      await writer.finish(complete);
      const missing = await closeOutputs(outputs);
      if (run.problem !== undefined) throw run.problem;
      if (missing !== undefined) throw missing;
      const summaryFiles =
        hasHandleSummary && request.summaryMode !== "disabled"
          ? await engine.summarise(
              toHandleSummaryData(summary, plan.options, {
                setupData: ended.setupData,
                noColor: request.noColor === true,
              }),
              plan.options.handleSummaryTimeoutMs,
            )
          : undefined;
      return {
        folder: writer.folder,
        manifest: complete,
        decision: decide(complete),
        exitCode: complete.exitCode,
        summaryFiles,
        summaryExport: toSummaryExport(summary),
      };
    } catch (error) {
      probes?.giveUp();
      await watch.close(writer?.folder);
      await closeOutputs(outputs);
      await writer?.abandon();
      throw error;
    } finally {
      pausesUsed();
      await engine?.close();
    }
  }
}

/** What a full summary tells of each scenario. */
function scenarioSeries(plan: Plan): SeriesKey[] {
  const metrics = ["iterations", "iteration_duration", "checks", "http_reqs", "http_req_duration", "http_req_failed"];
  return plan.scenarios.flatMap(({ name }) => metrics.map((metric) => ({ metric, tags: { scenario: name } })));
}

/** Where there are several, a count of each: one that never began must not hide behind the others. */
function perScenario({ scenarios }: Plan): SeriesKey[] {
  return scenarios.length < 2 ? [] : scenarios.map(({ name }) => ({ metric: "iterations", tags: { scenario: name } }));
}

/** @throws {Problem} `output.not-writable`, with the other outputs closed */
async function openOutputs(specs: readonly OutputSpec[], plan: Plan): Promise<SampleFile[]> {
  const context = formatContext(plan.options);
  const opened: SampleFile[] = [];
  for (const spec of specs) {
    try {
      opened.push(await SampleFile.open(spec, context));
    } catch (error) {
      await closeOutputs(opened);
      throw error;
    }
  }
  return opened;
}

/** @returns the first output's failure */
async function closeOutputs(outputs: readonly SampleFile[]): Promise<Problem | undefined> {
  const failures = await Promise.all(outputs.map((output) => output.close()));
  return failures.find((failure) => failure !== undefined);
}

interface Attached {
  readonly plan: Plan;
  readonly thresholds: readonly ParsedThreshold[];
  readonly writer: RunWriter;
  readonly watch: TargetWatch;
  readonly observer: RunObserver;
  readonly abort: (reason: string) => void;
  /** Keeps what only memory holds so far. */
  readonly checkpoint: () => void;
}

/** What the main thread keeps while the load runs: totals, not samples. */
class RunInProgress {
  readonly totals = new Totals();
  readonly tally = new LoadTally();
  private longLines = new LongLines(0);
  attached: Attached | undefined;
  /** Thresholds that ended the run early. */
  crossed: readonly ThresholdResult[] | undefined;
  problem: Error | undefined;
  private lastEvaluationMs = 0;
  private lastCheckpointMs = 0;
  private dropped = 0;

  attach(attached: Attached): void {
    this.attached = attached;
    this.longLines = new LongLines(attached.plan.durationMs);
  }

  window(batch: WindowBatch): void {
    const { writer, watch, observer, plan } = this.attached!;
    stepAside();
    this.totals.add(batch);
    this.tally.add(batch);
    this.dropped += batch.engine.dropped;
    stepAside();
    writer.writeWindow(this.longLines.fold(batch));
    writer.writeResources(watch.take());
    stepAside();
    observer.progress(progressOf(batch, this.totals, plan, watch.latest, watch.growthSoFar));
    const elapsedMs = batch.startMs + batch.lengthMs;
    if (elapsedMs - this.lastCheckpointMs >= checkpointEveryMs && !batch.last) {
      this.lastCheckpointMs = elapsedMs;
      observer.checkpoint?.(
        checkpointLine(batch, { totals: this.totals, dropped: this.dropped }, watch.latest, watch.growthSoFar),
      );
      this.attached!.checkpoint();
    }
    if (elapsedMs - this.lastEvaluationMs >= thresholdEveryMs) {
      this.lastEvaluationMs = elapsedMs;
      this.abortIfCrossed(elapsedMs);
    }
  }

  evaluate(): ThresholdResult[] {
    const { thresholds } = this.attached!;
    return evaluateThresholds(thresholds, (name) => this.totals.find(name), this.tally.durationMs);
  }

  /** The engine is gone: what was recorded until then still counts. */
  diedWith(error: unknown): EngineEnd {
    this.problem = error instanceof Error ? error : new Error(String(error));
    const exitCode = error instanceof Problem ? error.exitCode : exitCodes.internal;
    return { exitCode, reason: this.problem.message, setupData: undefined };
  }

  private abortIfCrossed(elapsedMs: number): void {
    if (this.crossed !== undefined || this.attached!.thresholds.length === 0) return;
    const results = this.evaluate();
    const crossed = shouldAbort(this.attached!.thresholds, results, elapsedMs);
    if (crossed.length === 0) return;
    this.crossed = crossed;
    const names = crossed.map((result) => `${result.metric} ${result.expression}`).join(", ");
    this.attached!.abort(`A threshold with abortOnFail was crossed: ${names}.`);
  }
}

function makeManifest(
  request: RunRequest,
  { script, foreign }: ChosenEngine,
  plan: Plan,
  sources: readonly string[],
): RunManifest {
  return begunManifest({
    scenario: script.name,
    script: { path: relativePath(script.path), sha256: script.sha256, files: [...script.files] },
    command: [...redactCommand(request.argv)],
    options: redactValue(plan.options.raw) as Record<string, unknown>,
    optionsDigest: optionsDigest(plan.options, foreign?.name),
    environment: readEnvironment(),
    ...(foreign === undefined ? {} : { engine: foreign }),
    labels: redactValue(request.labels),
    declared: {
      scenarios: plan.scenarios.map(({ name }) => name),
      sources: [...sources],
      probes: [...(request.declaredProbes ?? [])],
    },
  });
}

function finishManifest(
  manifest: RunManifest,
  run: RunInProgress,
  end: EngineEnd,
  thresholds: ThresholdResult[],
  summary: Summary,
  warnings: string[],
  watch: TargetWatch,
): RunManifest {
  const { totals, tally, attached } = run;
  const openModel = attached!.plan.scenarios.some(isOpen);
  const count = (name: string): number => {
    const value = totals.find(name)?.value;
    return value?.kind === "counter" ? value.sum : 0;
  };
  const latenessValue = totals.find("iteration_lateness")?.value;
  const lateness = latenessValue?.kind === "trend" ? latenessValue.histogram : undefined;
  const load = {
    ...tally.figures(lateness, openModel, attached!.plan.durationMs, manifest.engine === undefined),
    ...watch.others,
  };
  const requests = count("http_reqs");
  const validity = judgeValidity({
    load,
    lateness,
    iterations: count("iterations"),
    requests,
    interruptedRun: end.exitCode !== undefined && end.exitCode !== exitCodes.markedFailed,
    engineDied: run.problem instanceof Problem && run.problem.code === "engine.died" ? run.problem.message : undefined,
  });
  const histograms: Record<string, string> = {};
  for (const { series, value } of totals.entries()) {
    if (value.kind === "trend") histograms[seriesName(series)] = encodeHistogram(value.histogram);
  }
  return {
    ...manifest,
    endedAt: new Date().toISOString(),
    status: end.exitCode === undefined || end.exitCode === exitCodes.markedFailed ? "complete" : "interrupted",
    ...(end.reason === undefined ? {} : { endReason: redactText(end.reason) }),
    validity,
    load,
    summary,
    thresholds,
    resources: watch.summary({ requests, durationMs: load.durationMs }),
    leaks: watch.leaks(),
    totals: histograms,
    warnings,
  };
}

function exitCodeOf(end: EngineEnd, run: RunInProgress, manifest: RunManifest): ExitCode {
  if (run.crossed !== undefined) return exitCodes.thresholds;
  if (end.exitCode !== undefined && end.exitCode !== exitCodes.markedFailed) return end.exitCode;
  if (manifest.thresholds.some((threshold) => !threshold.ok)) return exitCodes.thresholds;
  if (end.thresholdsCrossed === true) return exitCodes.thresholds;
  if (end.exitCode !== undefined) return end.exitCode;
  if (generatorFailed(manifest.validity)) return exitCodes.inconclusive;
  return exitCodes.ok;
}

function isOpen(scenario: ScenarioPlan): boolean {
  return scenario.executor === "constant-arrival-rate" || scenario.executor === "ramping-arrival-rate";
}

/** How long each phase may take by the plan; a warm-up ends within the longest graceful stop. */
function longestMs({ options, scenarios, maxDurationMs }: Plan): Record<Phase, number> {
  const graceMs = Math.max(0, ...scenarios.map((scenario) => scenario.gracefulStopMs));
  return {
    setup: options.setupTimeoutMs,
    "warm-up": (options.loadline.warmUpMs ?? 0) + graceMs,
    load: maxDurationMs,
    teardown: options.teardownTimeoutMs,
  };
}

function relativePath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith("..") ? `${basename(dirname(path))}/${basename(path)}` : fromHere;
}
