import { builtInMetrics, type Metric, type Tags } from "../model/metric.js";
import type { ScenarioPlan } from "../model/options.js";
import type { SampleSink, TagSet } from "../model/vu.js";
import type { Clock } from "./clock.js";
import type { Share } from "./share.js";
import type { EngineVu, IterationOutcome } from "./vu.js";

/** The sink as the engine sees it: beside the modules' calls, what only the engine can know. */
export interface EngineSink extends SampleSink {
  addResponseLowerBound(waitedMs: number): void;
  /** A built-in metric without tags. */
  addPlain(metric: Metric, value: number): void;
}

/** What a scenario needs of the engine. */
export interface ScenarioHost {
  readonly clock: Clock;
  readonly sink: EngineSink;
  /** Which of the VUs and iterations are this engine's. */
  readonly share: Share;
  /** Monotonic time of the run's start. */
  readonly runStartMs: () => number;
  /** A VU that is free or freshly made. */
  takeVu(): EngineVu;
  giveBack(vu: EngineVu): void;
  setupData(): unknown;
  /** Of every sample of the run. */
  readonly runTags: Tags;
  onException(vu: EngineVu, error: unknown): void;
  /** A scenario has no iteration running. */
  onIdle(): void;
}

/** A timer may fire this much early by our clock; nothing may start before it is due. */
const timerGrainMs = 1;

type State = "waiting" | "running" | "draining" | "done";

/**
 * One scenario being driven: its VUs, its counters, and the way from start to graceful stop.
 *
 * An executor says when VUs begin iterations; everything that all executors share is here.
 */
export abstract class ScenarioRun {
  started = 0;
  completed = 0;
  dropped = 0;
  interrupted = 0;
  private state: State = "waiting";
  private startedAtMs = 0;
  private tags: TagSet | undefined;
  /** Whether it was the time that ended it, which a clock read in the timer would not always say. */
  protected hasRunOut = false;
  private readonly vus = new Set<EngineVu>();
  // Counted, not kept in a set: V8 gives a set that empties and fills all the time a new table each time, of old memory.
  private busy = 0;
  private readonly timers = new Set<NodeJS.Timeout>();
  private finish: () => void = () => {};
  readonly done = new Promise<void>((resolve) => {
    this.finish = resolve;
  });

  constructor(
    readonly plan: ScenarioPlan,
    protected readonly host: ScenarioHost,
    /** Which of the scenario's iterations are this engine's. */
    protected readonly iterations: Share = host.share,
  ) {}

  /** Arrivals due, or for closed executors iterations begun, before the given time of the run. */
  abstract plannedBefore(runMs: number): number;
  /** Takes the first VUs and starts what is to start. */
  protected abstract onBegin(): void;
  /** A VU has finished an iteration and may begin another; `nowMs` is the clock's, read a moment ago. */
  protected abstract onFree(vu: EngineVu, nowMs: number): void;
  /** The plan's time is up, and what was due within it may still start. */
  protected onLastMoment(): void {}
  /** Nothing may start any more. */
  protected onEnd(): void {}
  protected abstract progress(): number;
  /** Until when iterations may start, from the scenario's own start. */
  abstract readonly lengthMs: number;

  get vuCount(): number {
    return this.vus.size;
  }
  get busyCount(): number {
    return this.busy;
  }
  protected get isRunning(): boolean {
    return this.state === "running";
  }
  /** Milliseconds since this scenario's start. */
  protected elapsedMs(): number {
    return this.host.clock() - this.startedAtMs;
  }

  /** Called when the run is at the scenario's startTime. */
  begin(): void {
    if (this.state !== "waiting") return;
    this.state = "running";
    this.startedAtMs = this.host.runStartMs() + this.plan.startTimeMs;
    this.after(this.lengthMs - this.elapsedMs() + timerGrainMs, () => {
      this.hasRunOut = true;
      this.onLastMoment();
      this.drain(this.plan.gracefulStopMs);
    });
    this.onBegin();
  }

  /** No further iterations; running ones get `graceMs`, then they are cut. */
  drain(graceMs: number): void {
    if (this.state === "waiting") {
      this.end();
      return;
    }
    if (this.state === "done") return;
    if (this.state === "running") {
      this.state = "draining";
      this.onEnd();
    }
    if (this.busy === 0) this.end();
    else if (graceMs <= 0) this.cut();
    else this.after(graceMs, () => this.cut());
  }

  protected after(ms: number, action: () => void): void {
    const timer = setTimeout(
      () => {
        this.timers.delete(timer);
        action();
      },
      Math.max(0, ms),
    );
    this.timers.add(timer);
  }

  /** Notes what was to start and could not; thresholds may name the scenario. */
  protected countDropped(count: number): void {
    this.dropped += count;
    const { sink, runTags } = this.host;
    this.tags ??= sink.tagSet({ ...runTags, scenario: this.plan.name });
    sink.add(builtInMetrics.dropped_iterations, count, this.tags);
  }

  protected acquireVu(): EngineVu {
    const vu = this.host.takeVu();
    this.vus.add(vu);
    vu.assign({
      name: this.plan.name,
      executor: this.plan.executor,
      startTimeMs: Date.now() - (this.host.clock() - this.startedAtMs),
      progress: () => this.progress(),
      exec: this.plan.exec,
      env: this.plan.env,
      tags: this.plan.tags,
      setupData: this.host.setupData(),
      onEnd: this.iterationEnded,
    });
    return vu;
  }

  protected releaseVu(vu: EngineVu): void {
    if (this.vus.delete(vu) && !vu.isRetired) this.host.giveBack(vu);
  }

  protected launch(vu: EngineVu, dueMs?: number): void {
    const number = this.started;
    this.started += 1;
    this.busy += 1;
    vu.iterate(this.iterations.inInstance(number), this.iterations.inTest(number), dueMs);
  }

  private readonly iterationEnded = (vu: EngineVu, outcome: IterationOutcome): void => {
    this.busy -= 1;
    const isCut = outcome.kind === "interrupted" || outcome.kind === "aborted";
    if (isCut) {
      this.interrupted += 1;
      this.vus.delete(vu);
      vu.retire();
    } else this.completed += 1;
    // As in k6, the metrics count the iteration that ended the run by itself.
    if (outcome.kind !== "interrupted") {
      const tags = vu.iterationTagSet();
      const sink = this.host.sink;
      sink.add(builtInMetrics.iteration_duration, outcome.endMs - outcome.startMs, tags);
      sink.add(builtInMetrics.iterations, 1, tags);
      if (outcome.kind === "threw") this.host.onException(vu, outcome.error);
    }
    if (this.state !== "running") {
      if (this.busy === 0) this.end();
    } else {
      if (!isCut) this.onFree(vu, outcome.endMs);
      if (this.busy === 0) this.host.onIdle();
    }
  };

  private cut(): void {
    for (const vu of [...this.vus]) vu.interrupt("The scenario's graceful stop has run out.");
    if (this.busy === 0) this.end();
  }

  private end(): void {
    if (this.state === "done") return;
    this.state = "done";
    for (const timer of this.timers) clearTimeout(timer);
    for (const vu of [...this.vus]) this.releaseVu(vu);
    this.finish();
  }
}
