import type { Metric, MetricContains, MetricType, Tags } from "./metric.js";
import type { K6Options } from "./options.js";

/**
 * An interned set of tags. Two equal sets are the same object, so recording needs no string work.
 *
 * Made by {@link SampleSink.tagSet}; its inside belongs to the sink.
 */
export interface TagSet {
  readonly tags: Tags;
}

/** What one finished HTTP exchange adds to the metrics, all times in milliseconds. */
export interface HttpSample {
  /** On the engine's clock ({@link Vu.now}): when the request was asked for, and when its response ended. */
  readonly startMs: number;
  readonly endMs: number;
  readonly blockedMs: number;
  readonly connectingMs: number;
  readonly tlsHandshakingMs: number;
  readonly sendingMs: number;
  readonly waitingMs: number;
  readonly receivingMs: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** By the response callback: undefined where the script turned the callback off. */
  readonly failed: boolean | undefined;
  /** Failed for want of something on this machine: no file descriptor, no port. */
  readonly ownFault?: boolean;
}

/** Where samples go. Lives in the engine's thread; every call is cheap and never blocks. */
export interface SampleSink {
  /**
   * The metric of that name, created when new.
   *
   * @throws {Problem} `metric.name-invalid`, or `metric.redefined` where it exists with another type
   */
  define(name: string, type: MetricType, contains: MetricContains): Metric;
  tagSet(tags: Tags): TagSet;
  add(metric: Metric, value: number, tags: TagSet): void;
  /** http_reqs, http_req_failed, http_req_duration and its parts, response time and data counters in one call. */
  addHttp(sample: HttpSample, latenessMs: number, tags: TagSet): void;
  addCheck(name: string, groupPath: string, ok: boolean, tags: TagSet): void;
  enterGroup(groupPath: string): void;
  /** One warning a run for each code; further calls with the same code are counted only. */
  warn(code: string, message: string): void;
}

export type VuPhase = "init" | "setup" | "iteration" | "teardown" | "summary";

/** The scenario that a VU currently serves, as k6/execution shows it. */
export interface ScenarioState {
  readonly name: string;
  readonly executor: string;
  /** Wall clock, milliseconds since the epoch. */
  readonly startTimeMs: number;
  /** From 0 to 1. */
  progress(): number;
  readonly iterationInInstance: number;
  readonly iterationInTest: number;
}

/** What one engine has done so far, as `exec.instance` shows it; the properties are live. */
export interface InstanceState {
  readonly iterationsInterrupted: number;
  readonly iterationsCompleted: number;
  readonly vusActive: number;
  readonly vusInitialized: number;
  /** Milliseconds since the run began. */
  readonly currentTestRunDuration: number;
}

/** What a function that has returned may have left behind, such as timers: its iteration lasts until that is done, too. */
export interface Leftovers {
  /** Undefined where there is nothing to wait for; else a promise that rejects with what a callback threw. */
  idle(): Promise<void> | undefined;
  /** Drops all of it after an exception: the next iteration must not inherit it. */
  discard(): void;
}

/**
 * One virtual user as the k6 modules see it: the argument of every module factory.
 *
 * The engine owns it; modules read it, change `groupPath` and `tags`, and emit through `sink`.
 */
export interface Vu {
  /** From 1; 0 during setup and teardown. */
  readonly idInInstance: number;
  readonly idInTest: number;
  readonly phase: VuPhase;
  /** Iterations that this VU has begun before the current one. */
  readonly iterationInInstance: number;
  readonly iterationInScenario: number;
  /** Undefined in init, setup and teardown. */
  readonly scenario: ScenarioState | undefined;
  /** Absent where there is no engine yet, as in the init phase. */
  readonly instance?: InstanceState | undefined;
  /** "" at the root, else "::outer::inner". */
  groupPath: string;
  /** Tags that every sample of this VU carries (run, scenario and `exec.vu.metrics.tags`), scenario included. */
  readonly tags: Record<string, string>;
  readonly metadata: Record<string, string>;
  /** Rises whenever `tags` or `groupPath` change, so that modules can cache tag sets. */
  tagsVersion: number;
  readonly env: Readonly<Record<string, string>>;
  /** Consolidated. */
  readonly options: K6Options;
  readonly sink: SampleSink;
  readonly console: Pick<Console, "log" | "info" | "warn" | "error" | "debug">;
  /** Actual start minus due time of the current iteration, milliseconds; 0 for closed executors. */
  readonly latenessMs: number;
  /** Milliseconds on a monotonic clock that all threads share, with sub-microsecond grain. */
  now(): number;
  /** Waits; rejects with {@link Interruption} when the iteration is interrupted. */
  sleep(ms: number): Promise<void>;
  /**
   * Registers what must happen when the iteration is cut short (close a socket, reject a promise).
   *
   * @returns a function that takes the registration back
   */
  onInterrupt(cancel: (reason: Interruption) => void): () => void;
  /** Registers what must be released when the VU itself ends (idle connections). */
  onRetire(release: () => void): void;
  /** Ends the whole run (exec.test.abort): exit code 108. */
  abortTest(reason: string): void;
  /** Marks the run failed without ending it (exec.test.fail): exit code 110. */
  failTest(reason: string): void;
  /** Reads a file relative to the script; init phase only. Same path, same bytes: shared by all VUs. */
  readFile(path: string): Uint8Array;
  /** Set by the first module that leaves something behind. */
  leftovers?: Leftovers | undefined;
  /** Values that all VUs of an engine share, such as SharedArray contents, by name. */
  readonly shared: Map<string, unknown>;
}

/** Unwinds an iteration that was cut short. Scripts cannot catch it: the engine discards the iteration. */
export class Interruption extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "Interruption";
  }
}

const suspends: unique symbol = Symbol.for("loadline.suspends") as never;

/**
 * Marks a function whose returned promise the script must wait for, as k6 would block.
 *
 * The compiled script asks {@link isSuspending} where it cannot know a callee; the promises of
 * unmarked functions (such as `http.asyncRequest`) reach the script untouched.
 */
export function suspending<F extends (...args: never[]) => unknown>(fn: F): F {
  Object.defineProperty(fn, suspends, { value: true });
  return fn;
}

export function isSuspending(fn: unknown): boolean {
  return typeof fn === "function" && (fn as { [suspends]?: boolean })[suspends] === true;
}
