import type { K6Options } from "../model/options.js";
import {
  type InstanceState,
  Interruption,
  type Leftovers,
  type SampleSink,
  type ScenarioState,
  type TagSet,
  type Vu,
  type VuPhase,
} from "../model/vu.js";
import type { Clock } from "./clock.js";

/** What a VU needs of the engine around it. */
export interface VuHost {
  readonly clock: Clock;
  readonly sink: SampleSink;
  readonly options: K6Options;
  readonly env: Readonly<Record<string, string>>;
  readonly console: Vu["console"];
  readonly shared: Map<string, unknown>;
  readFile(path: string): Uint8Array;
  abortTest(reason: string): void;
  failTest(reason: string): void;
  readonly instance: InstanceState;
}

/** What a VU is to do over and over: one scenario's function, with its data and its place to report. */
export interface Assignment {
  readonly name: string;
  readonly executor: string;
  /** Wall clock, milliseconds since the epoch. */
  readonly startTimeMs: number;
  readonly progress: () => number;
  readonly exec: string;
  readonly env: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** What setup returned, as this VU's own copy. */
  readonly setupData: unknown;
  readonly onEnd: (vu: EngineVu, outcome: IterationOutcome) => void;
}

export type IterationOutcome =
  | { readonly kind: "completed"; readonly startMs: number; readonly endMs: number }
  | { readonly kind: "threw"; readonly startMs: number; readonly endMs: number; readonly error: unknown }
  /** The iteration that ended the run by `test.abort()`. */
  | { readonly kind: "aborted"; readonly startMs: number; readonly endMs: number }
  | { readonly kind: "interrupted" };

/** One virtual user: the script's instance, its state, and at most one iteration at a time. */
export class EngineVu implements Vu {
  phase: VuPhase = "init";
  groupPath = "";
  tagsVersion = 0;
  latenessMs = 0;
  iterationInInstance = -1;
  iterationInScenario = -1;
  readonly tags: Record<string, string> = {};
  readonly metadata: Record<string, string> = {};
  readonly env: Record<string, string>;
  /** The script's exports, set by the engine after instantiation. */
  exports: Readonly<Record<string, unknown>> = {};

  scenario: ScenarioState | undefined;
  leftovers: Leftovers | undefined;

  private assignment: Assignment | undefined;
  private numberInInstance = -1;
  private numberInTest = -1;
  private fn: ((data: unknown) => unknown) | undefined;
  private startMs = 0;
  private aborting = false;
  private running = false;
  /** While an iteration that is done waits for its least duration: ends the wait. */
  private endNow: (() => void) | undefined;
  private retired = false;
  private readonly cancels = new Set<(reason: Interruption) => void>();
  private readonly releases: (() => void)[] = [];
  private iterationTags: TagSet | undefined;
  private iterationTagsVersion = -1;
  private readonly succeed = (): void => this.finish(undefined);
  private readonly returned = (): void => {
    const leftovers = this.leftovers?.idle();
    if (leftovers === undefined) this.finish(undefined);
    else leftovers.then(this.succeed, this.fail);
  };
  private readonly fail = (error: unknown): void => {
    this.leftovers?.discard();
    this.finish({ error });
  };

  constructor(
    readonly idInInstance: number,
    readonly idInTest: number,
    private readonly host: VuHost,
  ) {
    this.env = { ...host.env };
    Object.assign(this.tags, host.options.tags);
  }

  get options(): K6Options {
    return this.host.options;
  }
  get sink(): SampleSink {
    return this.host.sink;
  }
  get console(): Vu["console"] {
    return this.host.console;
  }
  get instance(): InstanceState {
    return this.host.instance;
  }
  get shared(): Map<string, unknown> {
    return this.host.shared;
  }

  now(): number {
    return this.host.clock();
  }

  readFile(path: string): Uint8Array {
    return this.host.readFile(path);
  }

  abortTest(reason: string): void {
    this.aborting = true;
    this.host.abortTest(reason);
  }

  failTest(reason: string): void {
    this.host.failTest(reason);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      // A retired VU is never woken again: its script must not go on.
      if (this.retired) return;
      const timer = setTimeout(() => {
        this.cancels.delete(cancel);
        resolve();
      }, ms);
      const cancel = (): void => clearTimeout(timer);
      this.cancels.add(cancel);
    });
  }

  onInterrupt(cancel: (reason: Interruption) => void): () => void {
    if (this.retired) cancel(new Interruption("The virtual user has ended."));
    else this.cancels.add(cancel);
    return () => this.cancels.delete(cancel);
  }

  onRetire(release: () => void): void {
    this.releases.push(release);
  }

  /** Gives the VU a scenario's work. */
  assign(assignment: Assignment): void {
    this.assignment = assignment;
    this.scenario = this.scenarioState(assignment);
    this.fn = this.exports[assignment.exec] as (data: unknown) => unknown;
    this.iterationInScenario = -1;
    for (const key of Object.keys(this.tags)) delete this.tags[key];
    Object.assign(this.tags, this.host.options.tags, assignment.tags, { scenario: assignment.name });
    Object.assign(this.env, assignment.env);
    this.tagsVersion += 1;
    this.phase = "iteration";
  }

  /**
   * Starts one iteration of the assigned function; its end is reported to the assignment's `onEnd`.
   *
   * @param numberInInstance the iteration's number within its scenario and process, from 0
   * @param numberInTest the same over all processes of the test
   * @param dueMs when the iteration was due; undefined for closed executors, which have no due time
   */
  iterate(numberInInstance: number, numberInTest: number, dueMs: number | undefined): void {
    this.numberInInstance = numberInInstance;
    this.numberInTest = numberInTest;
    const start = this.host.clock();
    this.startMs = start;
    this.latenessMs = dueMs === undefined ? 0 : Math.max(0, start - dueMs);
    this.iterationInInstance += 1;
    this.iterationInScenario += 1;
    this.running = true;
    let result: unknown;
    try {
      result = this.fn!(this.assignment!.setupData);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (isThenable(result)) result.then(this.returned, this.fail);
    else this.returned();
  }

  /** Cuts the running iteration short; the VU is of no use afterwards, for its script hangs in the middle. */
  interrupt(reason: string): void {
    if (!this.running) return;
    if (this.endNow !== undefined) {
      this.endNow();
      return;
    }
    this.running = false;
    const assignment = this.assignment!;
    const { startMs, aborting } = this;
    this.retire(reason);
    assignment.onEnd(this, aborting ? { kind: "aborted", startMs, endMs: this.host.clock() } : { kind: "interrupted" });
  }

  /** Releases what the VU holds. */
  retire(reason = "The run has ended."): void {
    if (this.retired) return;
    this.retired = true;
    const interruption = new Interruption(reason);
    for (const cancel of [...this.cancels]) cancel(interruption);
    this.cancels.clear();
    for (const release of this.releases) release();
    this.releases.length = 0;
  }

  /** Between an iteration's start and its end. */
  get isBusy(): boolean {
    return this.running;
  }

  get isRetired(): boolean {
    return this.retired;
  }

  /** The tags of iteration metrics; the same object while nothing changes. */
  iterationTagSet(): TagSet {
    if (this.iterationTags === undefined || this.iterationTagsVersion !== this.tagsVersion) {
      const isGrouped = this.host.options.systemTags.includes("group");
      this.iterationTags = this.sink.tagSet(isGrouped ? { ...this.tags, group: this.tags.group ?? "" } : this.tags);
      this.iterationTagsVersion = this.tagsVersion;
    }
    return this.iterationTags;
  }

  private scenarioState(assignment: Assignment): ScenarioState {
    const vu = this;
    return {
      name: assignment.name,
      executor: assignment.executor,
      startTimeMs: assignment.startTimeMs,
      progress: assignment.progress,
      get iterationInInstance() {
        return vu.numberInInstance;
      },
      get iterationInTest() {
        return vu.numberInTest;
      },
    };
  }

  private finish(thrown: { readonly error: unknown } | undefined): void {
    if (!this.running || this.endNow !== undefined) return;
    const startMs = this.startMs;
    const endMs = this.host.clock();
    this.groupPath = "";
    if (thrown === undefined) this.end({ kind: "completed", startMs, endMs });
    else if (thrown.error instanceof Interruption) this.end({ kind: "interrupted" });
    else this.end({ kind: "threw", startMs, endMs, error: thrown.error });
  }

  /** The script is done; the iteration is when its least duration has passed, which counts as no part of it. */
  private end(outcome: Exclude<IterationOutcome, { readonly kind: "aborted" }>): void {
    const leastMs = this.host.options.minIterationDurationMs;
    const restMs = leastMs === 0 || outcome.kind === "interrupted" ? 0 : leastMs - (outcome.endMs - outcome.startMs);
    if (restMs > 0) this.reportIn(restMs, outcome);
    else this.report(outcome);
  }

  private reportIn(ms: number, outcome: IterationOutcome): void {
    const report = (): void => {
      this.endNow = undefined;
      this.report(outcome);
    };
    const timer = setTimeout(report, ms);
    this.endNow = () => {
      clearTimeout(timer);
      report();
    };
  }

  private report(outcome: IterationOutcome): void {
    this.running = false;
    this.assignment!.onEnd(this, outcome);
  }
}

/** True for promises and for whatever else `await` would wait for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
