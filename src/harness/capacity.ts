import { join, relative, resolve } from "node:path";
import { readEnvironment } from "../baseline/fingerprint.js";
import { concludeCapacity, nextStep, type SearchPlan } from "../compare/capacity.js";
import { judgeStep } from "../compare/capacity-step.js";
import type { CapacityLimit, CapacityResult, CapacityStep, Saturation } from "../model/capacity.js";
import type { Plan } from "../model/options.js";
import { exitCodes, Problem } from "../model/problem.js";
import { redactCommand } from "../model/redact.js";
import { decodeHistogram } from "../record/codec.js";
import { folderName, newRunId } from "../record/folder.js";
import { makeNamedFolders } from "../record/make-folders.js";
import { bundleScript } from "../script/bundle.js";
import { ownRateOf, scenariosAtRate, startRateOf } from "./capacity-load.js";
import { refuseRemote, scenarioOfUrl, startCommands, urlOf, urlVariable, writeUrlScript } from "./capacity-target.js";
import { EngineClient } from "./engine-client.js";
import { type ActiveRun, startRun } from "./run.js";
import type { RunObserver, RunOutcome, RunRequest, WatchedCommand, WatchedPid } from "./run-request.js";
import { saturate } from "./saturate.js";

/** What a rate must meet where neither script nor user says. */
const defaultThresholds = { http_req_failed: ["rate<0.01"], http_req_response_time: ["p(95)<500"] };
const fewestVus = 50;

export interface CapacityRequest {
  /** A URL, or the path of a script. */
  readonly target: string;
  readonly env: Readonly<Record<string, string>>;
  readonly layers: RunRequest["layers"];
  readonly reportsDir: string;
  readonly pids: readonly WatchedPid[];
  readonly commands: readonly WatchedCommand[];
  readonly argv: readonly string[];
  /** By metric, overruling the script's; undefined leaves the script's. */
  readonly thresholds: Readonly<Record<string, readonly string[]>> | undefined;
  readonly stepMs: number;
  readonly warmUpMs: number;
  readonly saturateMs: number;
  readonly connections: number;
  readonly maxVUs: number;
  readonly maxRate: number;
  readonly maxSteps: number;
  readonly precision: number;
  readonly allowRemote: boolean;
}

export interface CapacityObserver {
  readonly run: RunObserver;
  saturating(url: string, durationMs: number): void;
  saturated(saturation: Saturation): void;
  stepping(rate: number, number: number): void;
  stepped(step: CapacityStep): void;
}

export interface CapacityOutcome {
  readonly folder: string;
  readonly result: CapacityResult;
}

/** A search that goes on, and the way to end it early with what it has found. */
export interface ActiveSearch {
  readonly outcome: Promise<CapacityOutcome>;
  stop(reason: string): void;
}

/** The highest rate that still meets its thresholds: saturate for the upper bound, then open-model steps. */
export function searchCapacity(request: CapacityRequest, observer: CapacityObserver): ActiveSearch {
  const stopping = new AbortController();
  let active: ActiveRun | undefined;
  return {
    outcome: search(),
    stop(reason) {
      stopping.abort(reason);
      active?.stop(reason);
    },
  };

  async function search(): Promise<CapacityOutcome> {
    const url = urlOf(request.target);
    refuseRemote([request.target, ...Object.values(request.env)], request.allowRemote);
    const startedAt = new Date();
    const scenario =
      url === undefined ? folderName((await bundleScript(resolve(request.target))).name) : scenarioOfUrl(url);
    const id = newRunId(startedAt.getTime());
    const folder = join(request.reportsDir, scenario, `capacity-${id}`);
    const commands = await startCommands(request.commands, (text) => observer.run.log("warn", text));
    try {
      // Before anything is written: a URL that does not answer leaves no folder behind.
      const saturation = url === undefined ? null : await saturated(url);
      await makeNamedFolders(folder);
      const script = url === undefined ? request.target : await writeUrlScript(folder, url);
      const env = {
        ...(commands.url === undefined ? {} : { BASE_URL: commands.url }),
        ...request.env,
        ...(url === undefined ? {} : { [urlVariable]: url.href }),
      };
      const plan = await planOf(script, env, request.layers);
      const ownRate = url === undefined ? ownRateOf(plan) : null;
      const thresholds = thresholdsOf(request, plan);
      const steps: CapacityStep[] = [];
      const step = (rate: number): Promise<RunOutcome> => {
        active = startRun(
          {
            script,
            env,
            layers: { ...request.layers, flags: stepFlags(request, plan, thresholds, rate, steps) },
            labels: { capacity: id },
            reportsDir: join(folder, "steps"),
            pids: [...commands.pids, ...request.pids],
            commands: [],
            argv: request.argv,
            noThresholds: false,
            warmUpMs: request.warmUpMs,
          },
          observer.run,
        );
        return active.outcome;
      };
      const end = await climb(steps, step, folder, {
        upperBound: saturation?.requestsPerSecond,
        startRate: startRateOf(ownRate, saturation),
        maxRate: request.maxRate,
        precision: request.precision,
        maxSteps: request.maxSteps,
      });
      const result: CapacityResult = {
        schema: "loadline.capacity/1",
        id,
        scenario,
        command: redactCommand(request.argv),
        environment: readEnvironment(),
        startedAt: startedAt.toISOString(),
        endedAt: new Date().toISOString(),
        thresholds: Object.entries(thresholds).flatMap(([metric, all]) => all.map((one) => `${metric} ${one}`)),
        saturation,
        ownRate,
        steps,
        ...concludeCapacity(steps, end, ownRate),
      };
      // Loaded only here: the steps need no canvas.
      const { writeCapacity } = await import("./capacity-report.js");
      await writeCapacity(folder, result);
      return { folder, result };
    } finally {
      await commands.stop();
    }
  }

  async function saturated(url: URL): Promise<Saturation> {
    observer.saturating(url.href, request.saturateMs);
    const { connections, saturateMs: durationMs } = request;
    const saturation = await saturate({ url: url.href, connections, durationMs, signal: stopping.signal });
    observer.saturated(saturation);
    return saturation;
  }

  async function climb(
    steps: CapacityStep[],
    step: (rate: number) => Promise<RunOutcome>,
    folder: string,
    plan: SearchPlan,
  ): Promise<CapacityLimit> {
    for (;;) {
      if (stopping.signal.aborted) return "stopped";
      const next = nextStep(steps, plan);
      if ("end" in next) return next.end;
      observer.stepping(next.rate, steps.length + 1);
      const outcome = await step(next.rate);
      // Cut short, a step says nothing about its rate.
      if (stopping.signal.aborted) return "stopped";
      refuseBroken(outcome, steps.length === 0);
      const { manifest } = outcome;
      const encoded = manifest.totals.http_req_response_time ?? manifest.totals.iteration_duration;
      const figures = judgeStep(manifest, encoded === undefined ? undefined : decodeHistogram(encoded));
      const taken = { rate: next.rate, ...figures, run: relative(folder, outcome.folder) };
      steps.push(taken);
      observer.stepped(taken);
    }
  }
}

/** A script that fails, or a target that is not there, is no question of rate. */
function refuseBroken({ manifest, exitCode, folder }: RunOutcome, isFirst: boolean): void {
  const unreached = manifest.validity.reasons.some(({ code }) => code === "target-not-reached");
  if (isFirst && unreached) {
    throw new Problem("capacity.unreachable", "The target answered no request of the first step.", {
      at: folder,
      hint: "Check that it runs and that the script is given its address, such as -e BASE_URL=http://127.0.0.1:8080",
    });
  }
  const ordinary: readonly number[] = [exitCodes.ok, exitCodes.thresholds, exitCodes.inconclusive];
  if (ordinary.includes(exitCode)) return;
  throw new Problem("capacity.step-failed", "A step ended before its time.", {
    at: folder,
    ...(manifest.endReason === undefined ? {} : { found: manifest.endReason }),
    hint: "Run the script by itself: loadline run",
    exitCode,
  });
}

/** What the script's options say, without running it. */
async function planOf(
  path: string,
  env: Readonly<Record<string, string>>,
  layers: RunRequest["layers"],
): Promise<Plan> {
  const ignore = (): void => {};
  const engine = new EngineClient(
    { script: await bundleScript(resolve(path)), env, layers, warmUpMs: undefined },
    { window: ignore, samples: ignore, log: ignore, warning: ignore, preparing: ignore, phase: ignore },
  );
  try {
    return (await engine.plan).plan;
  } finally {
    await engine.close();
  }
}

function thresholdsOf({ thresholds }: CapacityRequest, plan: Plan): Readonly<Record<string, readonly string[]>> {
  if (thresholds !== undefined) return thresholds;
  const own = Object.entries(plan.options.thresholds);
  if (own.length === 0) return defaultThresholds;
  // Without abortOnFail: a step that fails is a result, and its end is as long as any other's.
  return Object.fromEntries(own.map(([metric, all]) => [metric, all.map(({ threshold }) => threshold)]));
}

function stepFlags(
  { layers, stepMs, maxVUs }: CapacityRequest,
  plan: Plan,
  thresholds: Readonly<Record<string, readonly string[]>>,
  rate: number,
  steps: readonly CapacityStep[],
): Record<string, unknown> {
  // Little's law with the slowest twentieth of the nearest lower rate, and as much again for its bursts.
  const nearest = steps.filter((step) => step.rate <= rate && step.outcome === "holds").at(-1);
  const needed = Math.ceil(((rate * (nearest?.p95Ms ?? 0)) / 1000) * 2);
  const preAllocatedVUs = Math.min(maxVUs, Math.max(fewestVus, needed));
  return { ...layers.flags, thresholds, scenarios: scenariosAtRate(plan, { rate, stepMs, preAllocatedVUs, maxVUs }) };
}
