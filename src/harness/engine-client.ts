import { setFlagsFromString } from "node:v8";
import { type MessagePort, Worker } from "node:worker_threads";
import type { PackedArray } from "../k6/shared-array.js";
import type { SeriesKey } from "../model/metric.js";
import { type ExitCode, exitCodes, Problem } from "../model/problem.js";
import type { SampleBatch } from "../model/sample-batch.js";
import type { WindowBatch } from "../model/window.js";
import type {
  EngineCommand,
  EngineEnd,
  EngineEvent,
  EngineStart,
  ExceptionCount,
  LogLine,
  Meeting,
  Phase,
  PlainProblem,
  Planned,
  Proceed,
  Teamwork,
} from "./protocol.js";

/** Init code has this long; k6 gives none, but a script that never returns must not hang a nightly job. */
const initTimeoutMs = 60_000;
/** After its last deadline a thread gets this long before it is ended from outside. */
const unresponsiveMs = 3000;

/**
 * Of an engine's young generation, three times one of its halves. V8's usual 48 MB save no CPU, measured from 1,000 to 8,000
 * requests a second, and cost 6 MB of resident memory.
 */
const youngMb = 12;

export interface EngineListener {
  window(batch: WindowBatch): void;
  samples(batch: SampleBatch): void;
  log(line: LogLine): void;
  warning(code: string, text: string): void;
  preparing(made: number, of: number): void;
  phase(phase: Phase, startedAtMs: number): void;
}

/** What an engine that works with others has to say beside. */
export interface TeamListener {
  met(at: Meeting, isHalted: boolean, setupText: string | undefined): void;
  halting(exitCode: ExitCode, reason: string): void;
  exception(text: string): void;
  exceptions(counts: readonly ExceptionCount[]): void;
}

/** The engine's thread as the main thread sees it. */
export class EngineClient {
  readonly plan: Promise<Planned>;
  /** Settles when the run is over; rejects with a Problem where it could not go on. */
  readonly ended: Promise<EngineEnd>;
  private readonly worker: Worker;
  private deadline: NodeJS.Timeout | undefined;
  private stopped = false;
  private phase: Phase | undefined;
  private longestMs: Readonly<Record<Phase, number>> | undefined;
  private summarised: ((files: Readonly<Record<string, string | Uint8Array>> | undefined) => void) | undefined;
  private packed: ((arrays: Readonly<Record<string, PackedArray>>) => void) | undefined;
  private fail: (error: Error) => void = () => {};

  constructor(start: EngineStart, listener: EngineListener, team: TeamListener = alone(listener)) {
    // All that it may take, from the start: a young generation that doubles after five minutes looks like a leak. With a flag
    // that was not there when Node was built, its own code cache is of no use: 40 ms of a thread's start.
    setFlagsFromString(`--min-semi-space-size=${youngMb / 3}`);
    this.worker = new Worker(new URL("../harness/engine-thread.js", import.meta.url), {
      workerData: start,
      name: "loadline-engine",
      resourceLimits: { maxYoungGenerationSizeMb: youngMb },
      // What the script prints reaches us as log events; the thread itself has nothing to say.
      stdout: false,
    });
    let planned: (value: Planned) => void = () => {};
    let ended: (end: EngineEnd) => void = () => {};
    let failPlan: (error: Error) => void = () => {};
    this.plan = new Promise((resolve, reject) => {
      planned = resolve;
      failPlan = reject;
    });
    this.ended = new Promise((resolve, reject) => {
      ended = resolve;
      this.fail = (error) => {
        failPlan(error);
        reject(error);
        clearTimeout(this.deadline);
        this.summarised?.(undefined);
      };
    });
    // Whoever awaits only one of the two must not be told of the other as unhandled.
    this.plan.catch(() => {});
    this.ended.catch(() => {});
    this.endFromOutsideAfter(initTimeoutMs, "The script's init code did not return.");
    this.worker.on("message", (event: EngineEvent) => {
      switch (event.type) {
        case "planned":
          clearTimeout(this.deadline);
          planned(event);
          break;
        case "problem":
          this.fail(problemOf(event.problem));
          break;
        case "ended":
          clearTimeout(this.deadline);
          team.exceptions(event.exceptions);
          ended(event.end);
          break;
        case "packed":
          this.packed?.(event.arrays);
          break;
        case "met":
          // Waiting for others takes as long as they do.
          clearTimeout(this.deadline);
          team.met(event.at, event.isHalted, event.setupText);
          break;
        case "halting":
          team.halting(event.exitCode, event.reason);
          break;
        case "exception":
          team.exception(event.text);
          break;
        case "summarised":
          this.summarised?.(event.files);
          break;
        case "window":
          listener.window(event.batch);
          break;
        case "samples":
          listener.samples(event.batch);
          break;
        case "log":
          listener.log(event);
          break;
        case "warning":
          listener.warning(event.code, event.text);
          break;
        case "preparing":
          listener.preparing(event.made, event.of);
          break;
        case "phase":
          this.phase = event.phase;
          this.endFromOutsideAfter(
            (this.longestMs?.[event.phase] ?? 0) + unresponsiveMs,
            "The script did not return control when its time was up.",
          );
          listener.phase(event.phase, event.startedAtMs);
          break;
      }
    });
    this.worker.on("error", (error) => this.fail(threadProblem(String(error))));
    this.worker.on("exit", (code) => this.fail(threadProblem(`it ended with code ${code}`)));
  }

  /**
   * @param longestMs by when each phase must have ended by itself; later it is ended from outside
   * @param team the engine's part, where it works with others
   */
  start(submetrics: readonly SeriesKey[], longestMs: Readonly<Record<Phase, number>>, team?: Teamwork): void {
    this.longestMs = longestMs;
    const links = [team?.pacing.warmUp, team?.pacing.load];
    const ports = links.flatMap((link) => link?.port ?? []);
    this.send({ type: "start", submetrics, ...(team === undefined ? {} : { team }) }, ports);
  }

  /** The script's SharedArrays, for other threads. */
  pack(): Promise<Readonly<Record<string, PackedArray>>> {
    return new Promise((resolve, reject) => {
      this.packed = resolve;
      this.ended.catch(reject);
      this.send({ type: "pack" });
    });
  }

  /** Lets an engine go on that waits for others. */
  proceed(how: Proceed): void {
    this.send({ type: "proceed", ...how });
  }

  /** Ends the run early, with results; a script that does not listen is cut off. Teardown then has its own time. */
  stop(graceMs: number, reason: string, exitCode: ExitCode = exitCodes.signal): void {
    this.stopped = true;
    // A teardown that goes on keeps the time that it has.
    if (this.phase !== "teardown") {
      this.endFromOutsideAfter(graceMs + unresponsiveMs, "The script did not return control when it was stopped.");
    }
    this.send({ type: "stop", graceMs, reason, exitCode });
  }

  /** Calls the script's handleSummary. @returns its files by name; undefined where it gave none */
  summarise(input: unknown, timeoutMs: number): Promise<Readonly<Record<string, string | Uint8Array>> | undefined> {
    return new Promise((resolve) => {
      this.summarised = (files) => {
        clearTimeout(this.deadline);
        resolve(files);
      };
      this.endFromOutsideAfter(timeoutMs, `handleSummary did not return within ${timeoutMs / 1000} s.`);
      this.send({ type: "summarise", input });
    });
  }

  async close(): Promise<void> {
    clearTimeout(this.deadline);
    await this.worker.terminate();
  }

  private send(command: EngineCommand, moved: readonly MessagePort[] = []): void {
    this.worker.postMessage(command, moved);
  }

  private endFromOutsideAfter(ms: number, reason: string): void {
    clearTimeout(this.deadline);
    // setTimeout cannot hold more than 24 days; a run that long has no deadline.
    if (ms > 2 ** 31 - 1) return;
    this.deadline = setTimeout(() => {
      this.fail(
        new Problem("script.unresponsive", reason, {
          hint: "Look for a loop without an end and without a request in the script.",
          exitCode: this.stopped ? exitCodes.signal : exitCodes.otherTimeout,
        }),
      );
      void this.worker.terminate();
    }, ms);
  }
}

/** A lone engine ends by itself, waits for nobody, and its exceptions are the run's. */
function alone(listener: EngineListener): TeamListener {
  return {
    met: () => {},
    halting: () => {},
    exception: (text) => listener.log({ level: "error", text }),
    exceptions: (counts) => warnOfExceptions(counts, listener),
  };
}

/** One warning for what was thrown more than once. */
export function warnOfExceptions(counts: readonly ExceptionCount[], listener: EngineListener): void {
  for (const { message, count } of counts) {
    if (count > 1) listener.warning("script.exception", `${count} iterations threw: ${message}`);
  }
}

function threadProblem(what: string): Problem {
  return new Problem("engine.died", `The engine's thread died: ${what}.`, { exitCode: exitCodes.internal });
}

function problemOf(plain: PlainProblem): Problem {
  const { code, message, at, found, expected, hint, exitCode } = plain;
  return new Problem(code, message, {
    exitCode,
    ...(at === undefined ? {} : { at }),
    ...(found === undefined ? {} : { found }),
    ...(expected === undefined ? {} : { expected }),
    ...(hint === undefined ? {} : { hint }),
  });
}
