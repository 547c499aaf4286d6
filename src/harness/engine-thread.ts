import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { checkClientCertificates } from "../http/secure-context.js";
import { scriptGlobals } from "../k6/globals.js";
import { requireK6Module } from "../k6/modules.js";
import { pendingOf } from "../k6/pending.js";
import { giveSecretSources, maskSecrets } from "../k6/secrets/sources.js";
import { adoptSharedArrays, packSharedArrays } from "../k6/shared-array.js";
import { monotonicClock } from "../load/clock.js";
import { collectGarbage } from "../load/collect-garbage.js";
import { Engine } from "../load/engine.js";
import { SelfCheck } from "../load/self-check.js";
import { type Share, shareOf, undivided, wholeShare } from "../load/share.js";
import { EngineVu, isThenable, type VuHost } from "../load/vu.js";
import { VuPool } from "../load/vu-pool.js";
import { warmUpPlan, withWarmUp } from "../load/warm-up.js";
import { Recorder } from "../measure/recorder.js";
import { SampledRecorder } from "../measure/sampled-recorder.js";
import { builtInMetrics } from "../model/metric.js";
import type { K6Options, Plan } from "../model/options.js";
import { type ExitCode, exitCodes, Problem } from "../model/problem.js";
import { type InstanceState, Interruption } from "../model/vu.js";
import { loadScript } from "../script/instance.js";
import { makePlan } from "../script/plan.js";
import { scriptStack } from "../script/stack.js";
import { InstanceRows } from "./instance-rows.js";
import { messageOf, plainProblem } from "./plain-problem.js";
import {
  type EngineCommand,
  type EngineEnd,
  type EngineEvent,
  type EngineStart,
  type Meeting,
  movedOf,
  type Proceed,
  type Teamwork,
} from "./protocol.js";
import { redactEvent } from "./redact-event.js";
import { isWorthRehearsing, rehearse } from "./rehearsal.js";

// The engine's thread: everything of the script runs here, and nothing else may stop it. The main thread can always
// end this one, even when a script loops for ever without a request.

const { script, env, layers, samples, warmUpMs, secretSources, sharedArrays, restSign } = workerData as EngineStart;
const port = parentPort!;
const post = (event: EngineEvent): void => port.postMessage(redactEvent(event), movedOf(event));
process.on("uncaughtException", report);
process.on("unhandledRejection", logException);
const clock = monotonicClock();
let warmingUp = false;
const onWarning = (code: string, text: string): void => post({ type: "warning", code, text });
const recorder =
  samples === true
    ? new SampledRecorder({ onWarning, clock, onBatch: (batch) => warmingUp || post({ type: "samples", batch }) })
    : new Recorder(onWarning);
const loaded = loadScript(script);
const files = new Map<string, Uint8Array>();
const shared = new Map<string, unknown>();
giveSecretSources(shared, secretSources ?? []);
adoptSharedArrays(shared, sharedArrays ?? {});
const exceptions = new Map<string, number>();
let end: EngineEnd = { exitCode: undefined, reason: undefined, setupData: undefined };
let markedFailed: string | undefined;
let plan: Plan | undefined;
let initialOptions: K6Options | undefined;
let engine: Engine | undefined;
let vuCount = 0;
/** Undefined for a lone engine. */
let team: Teamwork | undefined;
let share: Share = wholeShare;
let instanceRows: InstanceRows | undefined;
/** Goes on from the meeting that this engine waits at. */
let proceed: ((how: Proceed) => void) | undefined;
/** Cuts setup short, while it runs. */
let endStage: (() => void) | undefined;
const noInstance = {
  iterationsInterrupted: 0,
  iterationsCompleted: 0,
  vusActive: 0,
  vusInitialized: 0,
  currentTestRunDuration: 0,
};

const log =
  (level: "debug" | "info" | "warn" | "error") =>
  (...words: unknown[]): void =>
    post({ type: "log", level, text: maskSecrets(shared, words.map(String).join(" ")), ofConsole: true });

const host: VuHost = {
  clock,
  sink: recorder,
  get options(): K6Options {
    return plan?.options ?? optionsBeforePlan();
  },
  env,
  console: { log: log("info"), info: log("info"), warn: log("warn"), error: log("error"), debug: log("debug") },
  shared,
  readFile,
  abortTest: (reason) => stop(exitCodes.scriptAborted, reason, 0),
  failTest: (reason) => {
    markedFailed ??= reason;
  },
  get instance() {
    return instanceState();
  },
};

const setupVu = newVu();
plan = planOf(setupVu.exports);
checkClientCertificates(plan.options.network?.tls?.auth ?? []);
post({
  type: "planned",
  plan,
  hasHandleSummary: typeof setupVu.exports.handleSummary === "function",
  metrics: recorder.definedMetrics,
});

port.on("message", (command: EngineCommand) => {
  switch (command.type) {
    case "pack":
      post({ type: "packed", arrays: packSharedArrays(shared) });
      break;
    case "start":
      for (const key of command.submetrics) recorder.want(key);
      if (command.team !== undefined) join(command.team);
      drive().catch(report);
      break;
    case "proceed":
      proceed?.(command);
      break;
    case "stop":
      stop(command.exitCode ?? exitCodes.signal, command.reason, command.graceMs);
      break;
    case "summarise":
      summarise(command.input).catch(report);
      break;
  }
});

/** Takes this engine's place among the workers of the run. */
function join(place: Teamwork): void {
  team = place;
  instanceRows = new InstanceRows(place.instanceRows, place.row, () => engine?.state ?? noInstance);
  const network = plan!.options.network;
  if (network !== undefined && network.rps > 0) {
    const options = { ...plan!.options, network: { ...network, rps: network.rps / place.workers } };
    plan = { ...plan!, options };
  }
}

/** Waits until all workers are here; a lone engine waits for nobody. */
function meet(at: Meeting, setupText?: string): Promise<Proceed> | Proceed {
  const isHalted = end.exitCode !== undefined;
  if (team === undefined) return { isHalted, setupText, beginsAtMs: undefined };
  post({ type: "met", at, isHalted, setupText });
  return new Promise((resolve) => {
    proceed = resolve;
  });
}

/** The run from the first VU to the end of teardown. */
async function drive(): Promise<void> {
  const { options } = plan!;
  const isLeader = team?.isLeader ?? true;
  const segments = team?.segments ?? { ofTest: plan!.segment ?? undivided, ofInstance: undivided };
  share = shareOf(segments);
  let setupText: string | undefined;
  const pool = new VuPool(newVu);
  const parts = {
    clock,
    sink: recorder,
    pool,
    segments,
    // Each VU gets a copy of its own, as if setup had answered over a wire.
    setupData: (): unknown => (setupText === undefined ? undefined : JSON.parse(setupText)),
    onException: (_vu: EngineVu, error: unknown) => logException(error),
  };
  const preparing = (made: number, of: number): void => post({ type: "preparing", made, of });
  const measured = new Engine({
    ...parts,
    plan: plan!,
    pacing: team?.pacing.load,
    selfCheck: new SelfCheck(),
    // Of several engines, none speaks for all.
    restSign: team === undefined ? restSign : undefined,
    onWindow: (batch) => post({ type: "window", batch }),
  });
  await measured.prepare(preparing);
  if (isWorthRehearsing(plan!, script)) await rehearse(clock);

  let halted = (await meet("prepared")).isHalted;
  if (isLeader && !options.noSetup && !halted) {
    post({ type: "phase", phase: "setup", startedAtMs: Date.now() });
    const data = await stage("setup", undefined, options.setupTimeoutMs, exitCodes.setupTimeout);
    setupText = data === undefined ? undefined : JSON.stringify(data);
    end = { ...end, setupData: data };
  }
  const isSetUp = !halted && end.exitCode === undefined;
  ({ isHalted: halted, setupText } = await meet("set-up", setupText));
  const warmUp = options.loadline.warmUpMs ?? 0;
  if (warmUp > 0 && !halted) {
    post({ type: "phase", phase: "warm-up", startedAtMs: Date.now() });
    engine = new Engine({
      ...parts,
      plan: warmUpPlan(plan!, warmUp),
      pacing: team?.pacing.warmUp,
      selfCheck: new SelfCheck(),
      onWindow: () => {},
    });
    await engine.prepare(preparing);
    const ofSetup = recorder.closeWindow();
    const { isHalted, beginsAtMs } = await meet("warm-up-ready");
    warmingUp = true;
    if (!isHalted) await engine.run(beginsAtMs);
    engine.finish();
    pool.forgetIterations();
    recorder.discard();
    recorder.restore(ofSetup);
    warmingUp = false;
  }
  engine = measured;
  collectGarbage();
  const ready = await meet("load-ready");
  if (!ready.isHalted) {
    const running = engine.run(ready.beginsAtMs);
    post({ type: "phase", phase: "load", startedAtMs: Date.now() });
    await running;
  }
  await meet("loaded");
  // As in k6, what setup did not finish is not torn down.
  if (isLeader && !options.noTeardown && isSetUp) {
    post({ type: "phase", phase: "teardown", startedAtMs: Date.now() });
    const data = setupText === undefined ? undefined : JSON.parse(setupText);
    await stage("teardown", data, options.teardownTimeoutMs, exitCodes.teardownTimeout);
  }
  await meet("torn-down");
  measured.finish();
  instanceRows?.close();
  pool.retire();
  setupVu.retire();
  if (end.exitCode === undefined && markedFailed !== undefined) {
    end = { ...end, exitCode: exitCodes.markedFailed, reason: `The script marked the run as failed: ${markedFailed}` };
  }
  post({
    type: "ended",
    end: { ...end, setupData: plainCopy(end.setupData) },
    exceptions: [...exceptions].map(([message, count]) => ({ message, count })),
  });
}

/** The figures of this process: of all its workers. */
function instanceState(): InstanceState {
  return instanceRows?.sum() ?? engine?.state ?? noInstance;
}

/** Runs setup or teardown where the script has one; what goes wrong becomes the run's end. */
async function stage(
  name: "setup" | "teardown",
  data: unknown,
  timeoutMs: number,
  timeoutCode: EngineEnd["exitCode"],
): Promise<unknown> {
  const fn = setupVu.exports[name];
  if (typeof fn !== "function") return undefined;
  setupVu.phase = name;
  setupVu.groupPath = `::${name}`;
  recorder.enterGroup(setupVu.groupPath);
  const startMs = clock();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<"timeout" | "stopped">((done) => {
    timer = setTimeout(() => done("timeout"), timeoutMs);
    endStage = () => done("stopped");
  });
  try {
    const result = fn(data);
    const outcome = isThenable(result)
      ? await Promise.race([timeout, Promise.resolve(result).then((value) => ({ value }))])
      : { value: result };
    if (outcome === "stopped") {
      setupVu.retire("The run was stopped.");
      return undefined;
    }
    if (outcome === "timeout") {
      setupVu.retire(`${name} took longer than ${timeoutMs} ms.`);
      end = {
        ...end,
        exitCode: timeoutCode,
        reason: `${name}() took longer than its timeout of ${timeoutMs / 1000} s.`,
      };
      return undefined;
    }
    await pendingOf(setupVu).idle();
    return outcome.value;
  } catch (error) {
    if (!(error instanceof Interruption)) {
      logException(error);
      end = { ...end, exitCode: exitCodes.scriptException, reason: `${name}() threw: ${messageOf(error)}` };
    }
    return undefined;
  } finally {
    clearTimeout(timer);
    endStage = undefined;
    setupVu.groupPath = "";
    recorder.add(builtInMetrics.iteration_duration, clock() - startMs, recorder.tagSet({ group: `::${name}` }));
  }
}

async function summarise(input: unknown): Promise<void> {
  const fn = setupVu.exports.handleSummary;
  setupVu.phase = "summary";
  let result: unknown;
  if (typeof fn === "function") {
    try {
      result = await (fn as (data: unknown) => unknown)(input);
    } catch (error) {
      logException(error);
      post({
        type: "warning",
        code: "script.handle-summary",
        text: "handleSummary threw; the usual summary is shown.",
      });
    }
  }
  post({ type: "summarised", files: summaryFiles(result) });
}

function summaryFiles(result: unknown): Record<string, string | Uint8Array> | undefined {
  if (typeof result !== "object" || result === null) return undefined;
  const kept: Record<string, string | Uint8Array> = {};
  for (const [path, content] of Object.entries(result)) {
    if (typeof content === "string") kept[path] = content;
    else if (content instanceof ArrayBuffer) kept[path] = new Uint8Array(content);
    else if (content instanceof Uint8Array) kept[path] = content;
    else {
      const text = `handleSummary gave ${typeof content} for ${path}; text or bytes were expected, so it was not written.`;
      post({ type: "warning", code: "script.handle-summary", text });
    }
  }
  return kept;
}

function stop(exitCode: ExitCode, reason: string, graceMs: number): void {
  if (end.exitCode === undefined) {
    end = { ...end, exitCode, reason };
    post({ type: "halting", exitCode, reason });
  }
  engine?.stop(graceMs);
  // setup has no engine yet: it is cut short like an iteration.
  if (plan !== undefined && setupVu.phase === "setup") endStage?.();
}

function newVu(): EngineVu {
  // The VU of setup has the number 0 in every engine; those of scenarios count from 1.
  const n = vuCount - 1;
  const vu = n < 0 ? new EngineVu(0, 0, host) : new EngineVu(share.inInstance(n) + 1, share.inTest(n) + 1, host);
  vuCount += 1;
  const instance = loaded.newInstance({
    requireModule: (id) => requireK6Module(vu, id),
    globals: scriptGlobals(vu),
  });
  // Init code may still wait for what is there at once, as in (async () => { file = await open("data.csv"); })():
  // it is in its phase until the first iteration.
  vu.exports = instance.exports;
  return vu;
}

function planOf(exports: Readonly<Record<string, unknown>>): Plan {
  const exportNames = Object.keys(exports).filter((name) => typeof exports[name] === "function");
  return withWarmUp(makePlan({ exported: exports.options, exportNames, ...layers }), warmUpMs);
}

/** What init code sees of the options before the script's own are known. */
function optionsBeforePlan(): K6Options {
  initialOptions ??= makePlan({ exported: {}, exportNames: ["default"], config: {}, env: {}, flags: {} }).options;
  return initialOptions;
}

function readFile(path: string): Uint8Array {
  // What import.meta.resolve gives is a URL.
  const absolute = path.startsWith("file://") ? fileURLToPath(path) : resolve(dirname(script.path), path);
  let bytes = files.get(absolute);
  if (bytes === undefined) {
    try {
      bytes = readFileSync(absolute);
    } catch (error) {
      throw new Problem("script.file-unreadable", `The script opens ${path}, which cannot be read.`, {
        at: absolute,
        found: (error as NodeJS.ErrnoException).code,
        hint: "Paths are relative to the script's folder.",
        exitCode: exitCodes.scriptException,
      });
    }
    files.set(absolute, bytes);
  }
  return bytes;
}

/** The first of each kind is logged with its place in the script; the rest are counted. */
function logException(error: unknown): void {
  const message = messageOf(error);
  const count = (exceptions.get(message) ?? 0) + 1;
  if (count > 1 || exceptions.size < 100) exceptions.set(message, count);
  if (count === 1 && exceptions.size < 100) {
    const stack = error instanceof Error ? scriptStack(error, script) : "";
    post({ type: "exception", text: maskSecrets(shared, stack === "" ? message : `${message}\n${stack}`) });
  }
}

function plainCopy(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

/** A fault of the script or of ours that leaves nothing to run. */
function report(error: unknown): void {
  post({ type: "problem", problem: plainProblem(error, script) });
}
