import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { baselinePath } from "../baseline/place.js";
import { readBaseline } from "../baseline/store.js";
import { generatorFailed } from "../compare/validity.js";
import type { Comparison } from "../model/comparison.js";
import type { Nightly, NightlyScenario, NightlyState } from "../model/nightly.js";
import { type ExitCode, exitCodes, Problem } from "../model/problem.js";
import { keepHistory, readTrend } from "./history.js";
import { checkForK6 } from "./k6-refusals.js";
import { readState, removeState, statePath, writeState } from "./nightly-state.js";
import { acceptRuns, compareRefs, exitCodeOfVerdict, hasBaseline, makeReport } from "./results.js";
import { startRun } from "./run.js";
import type { RunObserver, RunOutcome, RunRequest } from "./run-request.js";
import { type Restart, restartTarget } from "./words.js";

export interface NightlyRequest {
  readonly runs: readonly RunRequest[];
  readonly reportsDir: string;
  readonly baselinesDir: string;
  /** Name of the baselines. */
  readonly against: string;
  /** Runs of each scenario. */
  readonly repeat: number;
  readonly pauseMs: number;
  /** How often an invalid run is made again, each time after twice the delay. */
  readonly retries: number;
  readonly retryDelayMs: number;
  /** Accept the runs as the first baseline where there is none. */
  readonly bootstrap: boolean;
  /** Add the runs of a night that passed to the baseline, and keep its newest so many; undefined leaves it alone. */
  readonly keep?: number | undefined;
  /** Starts the target anew before every run but the first. */
  readonly restart?: Restart | undefined;
  readonly by: string;
  /** Forget an unfinished night. */
  readonly fresh: boolean;
}

export interface NightlyView {
  step(text: string): void;
  observer(): RunObserver & { close(): void };
  onStoppable(stop: (reason: string) => void): void;
  /** Asked between runs: whether the user wants to stop. */
  isStopped(): boolean;
}

/** The night was stopped by the user; the same command takes it up again. */
class Stopped extends Error {}

/**
 * Runs every scenario, compares, keeps history and writes reports.
 *
 * Each finished run and scenario is written down at once, so that after a crash the same request goes on where it was.
 *
 * @throws {Problem} `nightly.no-scripts`, `nightly.keep`, as `checkForK6`, `nightly.stopped` (105)
 */
export async function runNightly(request: NightlyRequest, view: NightlyView): Promise<Nightly> {
  if (request.runs.length === 0) {
    throw new Problem("nightly.no-scripts", "There is no scenario to run.", {
      expected: "scripts as arguments, or `scripts` in loadline.config.ts",
      hint: "Name the scripts: loadline nightly scenarios/*.ts",
      exitCode: exitCodes.usage,
    });
  }
  checkKeep(request);
  for (const run of request.runs) checkForK6(run);
  const path = statePath(request.reportsDir);
  const key = nightKey(request);
  const found = request.fresh ? undefined : readState(path, key, new Date());
  const state: NightlyState = found ?? {
    schema: "loadline.nightly-state/1",
    key,
    startedAt: new Date().toISOString(),
    scripts: {},
  };
  const renew = renewal(request, view);
  if (found !== undefined) view.step(`taking up the night of ${found.startedAt}`);
  try {
    // Told at the evening, too: a folder that cannot be written to.
    await writeState(path, state);
    for (const run of request.runs) {
      const night = state.scripts[run.script] ?? { runs: [], retried: 0, found: null, done: null };
      state.scripts[run.script] = night;
      if (night.done !== null) {
        view.step(`${run.script}: done before`);
        continue;
      }
      // A folder that was deleted meanwhile has to be made again.
      night.runs = night.runs.filter((folder) => existsSync(folder));
      night.done = await oneScenario(run, request, view, night, () => writeState(path, state), renew);
      await writeState(path, state);
      view.step(`${run.script}: ${night.done.verdict}. ${night.done.reason}`);
    }
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    throw new Problem("nightly.stopped", "The night was stopped before its end.", {
      hint: "The same command takes it up again within 20 hours; --fresh begins anew.",
      exitCode: exitCodes.signal,
    });
  }
  const scenarios = request.runs.map((run) => state.scripts[run.script]!.done!);
  await removeState(path);
  return {
    schema: "loadline.nightly/1",
    startedAt: state.startedAt,
    endedAt: new Date().toISOString(),
    resumed: found !== undefined,
    exitCode: worstOf(scenarios.map((one) => one.exitCode)),
    scenarios,
  };
}

/** Told at the evening, not at the end of a night that cannot be kept. */
function checkKeep({ keep, repeat }: NightlyRequest): void {
  if (keep === undefined || keep >= repeat) return;
  throw new Problem("nightly.keep", "A rolling baseline must hold at least the runs of one night.", {
    at: "--keep",
    found: keep,
    expected: `${repeat} or more, as --repeat is ${repeat}`,
    hint: `Such as --keep ${repeat * 4}: the newest four nights.`,
    exitCode: exitCodes.usage,
  });
}

async function oneScenario(
  run: RunRequest,
  request: NightlyRequest,
  view: NightlyView,
  night: NightlyState["scripts"][string],
  save: () => Promise<void>,
  renew: () => Promise<void>,
): Promise<NightlyScenario> {
  const empty = {
    script: run.script,
    scenario: null,
    report: null,
    accepted: null,
    comparison: null,
    newestChange: null,
  };
  const failed = (exitCode: number, reason: string): NightlyScenario => ({
    ...{ ...empty, verdict: "inconclusive", reason, exitCode, runs: night.runs, retried: night.retried },
  });
  let runsCode: number = exitCodes.ok;
  let reason = "";
  try {
    // Judged before the crash: its runs may be part of the baseline by now, and would be compared with themselves.
    if (night.found !== null) return await accepted(night.found);
    while (night.runs.length < request.repeat) {
      const n = night.runs.length + 1;
      view.step(`${run.script}: run ${n} of ${request.repeat}`);
      const outcome = await validRun(run, request, view, night, save, renew);
      // Such as by a rule of --stop-when: that says more than that such a run cannot be judged.
      if (outcome.manifest.status !== "complete") {
        return failed(outcome.exitCode, failureOf(outcome.exitCode, outcome.manifest.endReason).trim());
      }
      if (outcome.manifest.validity.state === "invalid") {
        const why = outcome.manifest.validity.reasons.map((one) => one.text).join(" ");
        return failed(
          exitCodes.inconclusive,
          `The run is invalid${night.retried > 0 ? `, as were ${night.retried} before it` : ""}. ${why}`,
        );
      }
      night.runs.push(outcome.folder);
      await save();
      if (night.runs.length < request.repeat) await wait(request.pauseMs);
    }
    const { comparison, records } = await compareRefs({ ...request, refs: night.runs });
    const bad = records.find(({ manifest }) => (manifest.exitCode ?? exitCodes.ok) !== exitCodes.ok);
    if (bad !== undefined) {
      runsCode = bad.manifest.exitCode!;
      reason = failureOf(runsCode, bad.manifest.endReason);
    }
    return await judged(comparison, records[0]!.manifest.scenario, () =>
      keepHistory(request.baselinesDir, records, comparison),
    );
  } catch (error) {
    if (error instanceof Problem) return failed(error.exitCode, error.message);
    throw error;
  }

  async function judged(comparison: Comparison, scenario: string, keep: () => Promise<void>): Promise<NightlyScenario> {
    const { baselinesDir, reportsDir, against } = request;
    const isFirst = !(await hasBaseline(baselinesDir, scenario, against));
    await keep();
    const last = night.runs.at(-1)!;
    const report = await makeReport({ ref: last, with: night.runs, reportsDir, baselinesDir, against });
    const newestChange = readTrend({ baselinesDir, scenario }).changePoints.at(-1) ?? null;
    const common = { ...empty, scenario, runs: night.runs, retried: night.retried, report: report.html, newestChange };
    if (!isFirst) {
      const exitCode = worstOf([runsCode, exitCodeOfVerdict(comparison.verdict)]);
      const whole = { ...common, comparison, verdict: comparison.verdict, exitCode };
      if (request.keep === undefined || exitCode !== exitCodes.ok)
        return { ...whole, reason: `${reason}${comparison.reason}` };
      return await accepted({ ...whole, reason: comparison.reason });
    }
    if (!request.bootstrap || runsCode !== exitCodes.ok) {
      const offer = `There is no baseline "${against}" yet: --bootstrap accepts a first night, as does loadline baseline accept ${night.runs.map((folder) => `${scenario}/${basename(folder)}`).join(" ")}`;
      return {
        ...common,
        verdict: "inconclusive",
        exitCode: worstOf([runsCode, exitCodes.inconclusive]),
        reason: `${reason}${offer}`,
      };
    }
    return await accepted({ ...common, verdict: "pass", exitCode: exitCodes.ok, reason: "" });
  }

  /** Accepts a judged night's runs, unless a process before this one did; a night without comparison is the first. */
  async function accepted(found: NightlyScenario): Promise<NightlyScenario> {
    night.found = found;
    await save();
    const { baselinesDir, reportsDir, against } = request;
    const isFirst = found.comparison === null;
    const ids = found.runs.map((folder) => basename(folder));
    const stored = readBaseline(baselinesDir, found.scenario!, against);
    const isKept = stored?.runs.some(({ id }) => ids.includes(id)) === true;
    if (!isKept) {
      await acceptRuns({
        ...{ refs: found.runs, reportsDir, baselinesDir, name: against, by: request.by, replace: false },
        ...(isFirst ? { note: "the first night" } : { note: "a night that passed", keep: request.keep }),
      });
    }
    const { runs } = readBaseline(baselinesDir, found.scenario!, against)!;
    const reason = isFirst
      ? `${ids.length} runs were accepted as the first baseline "${against}".`
      : `${found.reason} The runs joined the baseline "${against}", which now holds ${runs.length}.`;
    return { ...found, accepted: baselinePath(baselinesDir, found.scenario!, against), reason };
  }
}

/** Starts the target anew before each run but the first: runs of one launch would show too little spread. */
function renewal({ restart }: NightlyRequest, view: NightlyView): () => Promise<void> {
  let isFirst = true;
  return async () => {
    if (restart === undefined) return;
    if (!isFirst) {
      view.step(`restarting: ${restart.command}`);
      await restartTarget(restart, view.isStopped);
    }
    isFirst = false;
  };
}

/** A run, made again after a growing pause as long as the generator or the connection spoils it. */
async function validRun(
  run: RunRequest,
  request: NightlyRequest,
  view: NightlyView,
  night: NightlyState["scripts"][string],
  save: () => Promise<void>,
  renew: () => Promise<void>,
): Promise<RunOutcome> {
  for (let attempt = 0; ; attempt += 1) {
    if (view.isStopped()) throw new Stopped();
    await renew();
    if (view.isStopped()) throw new Stopped();
    const observer = view.observer();
    const active = startRun(run, observer);
    view.onStoppable(active.stop);
    const outcome = await active.outcome.finally(() => observer.close());
    if (view.isStopped()) throw new Stopped();
    // A plan of too few requests has too few the next time, too.
    if (!generatorFailed(outcome.manifest.validity) || attempt >= request.retries) return outcome;
    night.retried += 1;
    await save();
    const delayMs = request.retryDelayMs * 2 ** attempt;
    view.step(`${run.script}: the run is invalid; once more in ${Math.round(delayMs / 1000)} s`);
    await wait(delayMs);
  }
}

function failureOf(exitCode: number, endReason: string | undefined): string {
  if (exitCode === exitCodes.thresholds) return "A threshold failed. ";
  return `${endReason ?? `A run ended with exit code ${exitCode}.`} `;
}

// The heavier first: what stopped a scenario from being judged, then what was found.
const gravity: readonly ExitCode[] = [
  ...[exitCodes.internal, exitCodes.configuration, exitCodes.usage, exitCodes.scriptException, exitCodes.scriptAborted],
  ...[exitCodes.setupTimeout, exitCodes.teardownTimeout, exitCodes.otherTimeout, exitCodes.markedFailed],
  // Not the user's signal, which ends the night: a rule of --stop-when was crossed.
  exitCodes.signal,
  ...[exitCodes.regressed, exitCodes.thresholds, exitCodes.inconclusive, exitCodes.ok],
];

/** The one exit code that stands for several. */
export function worstOf(codes: readonly number[]): number {
  const rank = (code: number) => (gravity as readonly number[]).indexOf(code);
  return codes.reduce<number>((worst, code) => (rank(code) < rank(worst) ? code : worst), exitCodes.ok);
}

/** What makes two requests the same night. */
export function nightKey({ runs, repeat, against }: NightlyRequest): string {
  // The words of the command, not the shell's environment: that differs from one cron job to the next.
  const asked = runs.map(({ script, layers, argv }) => [script, layers, argv.filter((word) => word !== "--fresh")]);
  return createHash("sha256")
    .update(JSON.stringify([asked, repeat, against]))
    .digest("hex");
}
