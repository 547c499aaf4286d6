import { builtInMetrics } from "../model/metric.js";
import type { ConstantArrivalRate, RampingArrivalRate } from "../model/options.js";
import type { Arrivals } from "./arrivals.js";
import { type ScenarioHost, ScenarioRun } from "./scenario-run.js";
import { arrivalsOf } from "./schedule.js";
import type { EngineVu } from "./vu.js";

/** An arrival handled later than this found no VU because we were late, not because the target was slow. */
const ownFaultMs = 10;

/**
 * The open model: arrivals come when they are due, whatever the target does.
 *
 * An arrival without a free VU is dropped and counted, and one more VU is made in the background up to maxVUs.
 */
export class ArrivalRun extends ScenarioRun {
  readonly lengthMs: number;
  /** Of the dropped: those for which the engine itself came too late. */
  droppedByUs = 0;
  private readonly arrivals: Arrivals;
  private readonly preAllocatedVus: number;
  private readonly maxVus: number;
  private next = 0;
  // First in, first out, so that load spreads over all connections. A ring, because shift() on an array moves it all.
  private readonly free: EngineVu[] = [];
  private freeHead = 0;
  private growing = false;
  /** Due times of dropped arrivals that no VU has become free for yet. */
  private unserved: number[] = [];
  private unservedHead = 0;
  private noticedDrop = false;

  constructor(
    override readonly plan: ConstantArrivalRate | RampingArrivalRate,
    host: ScenarioHost,
  ) {
    super(plan, host, host.share.among(plan.maxVUs));
    this.arrivals = arrivalsOf(plan, host.share);
    this.preAllocatedVus = host.share.countOf(plan.preAllocatedVUs);
    this.maxVus = host.share.countOf(plan.maxVUs);
    this.lengthMs =
      plan.executor === "constant-arrival-rate"
        ? plan.durationMs
        : plan.stages.reduce((sum, stage) => sum + stage.durationMs, 0);
  }

  plannedBefore(runMs: number): number {
    return this.arrivals.countBefore(runMs - this.plan.startTimeMs);
  }

  /** The pacer says that the first `count` arrivals are due. */
  arrive(count: number): void {
    if (!this.isRunning) return;
    for (; this.next < count; this.next += 1) {
      const dueMs = this.host.runStartMs() + this.plan.startTimeMs + this.arrivals.dueAt(this.next);
      const vu = this.takeFree();
      if (vu === undefined) this.drop(dueMs);
      else {
        this.launch(vu, dueMs);
        this.host.sink.addPlain(builtInMetrics.iteration_lateness, vu.latenessMs);
      }
    }
  }

  protected onBegin(): void {
    for (let i = 0; i < this.preAllocatedVus; i += 1) this.free.push(this.acquireVu());
  }

  protected onFree(vu: EngineVu): void {
    this.free.push(vu);
    if (this.unservedHead < this.unserved.length) {
      // Had arrivals queued, this VU would have gone to the oldest: until now is the least that one would have waited.
      this.host.sink.addResponseLowerBound(this.host.clock() - this.unserved[this.unservedHead]!);
      this.unservedHead += 1;
      if (this.unservedHead === this.unserved.length) {
        this.unserved = [];
        this.unservedHead = 0;
      }
    }
  }

  protected override onLastMoment(): void {
    // The end's timer may be handled before the pacer's last message.
    this.arrive(this.arrivals.count);
  }

  protected override onEnd(): void {
    const now = this.host.clock();
    for (let i = this.unservedHead; i < this.unserved.length; i += 1) {
      this.host.sink.addResponseLowerBound(now - this.unserved[i]!);
    }
    this.unserved = [];
    this.unservedHead = 0;
  }

  protected progress(): number {
    return Math.min(1, this.elapsedMs() / this.lengthMs);
  }

  private takeFree(): EngineVu | undefined {
    if (this.freeHead === this.free.length) return undefined;
    const vu = this.free[this.freeHead]!;
    this.freeHead += 1;
    if (this.freeHead > 1024 && this.freeHead * 2 > this.free.length) {
      this.free.splice(0, this.freeHead);
      this.freeHead = 0;
    }
    return vu;
  }

  private drop(dueMs: number): void {
    this.dropped += 1;
    if (this.host.clock() - dueMs > ownFaultMs) this.droppedByUs += 1;
    this.host.sink.addPlain(builtInMetrics.dropped_iterations, 1);
    this.unserved.push(dueMs);
    if (this.vuCount < this.maxVus) this.growLater();
    else if (!this.noticedDrop) {
      this.noticedDrop = true;
      this.host.sink.warn(
        `load.no-free-vu.${this.plan.name}`,
        `Scenario ${this.plan.name}: all ${this.plan.maxVUs} VUs were busy when an arrival fell due, so it was dropped. ` +
          "If the target should be given more requests at a time, raise maxVUs.",
      );
    }
  }

  private growLater(): void {
    if (this.growing) return;
    this.growing = true;
    setImmediate(() => {
      this.growing = false;
      if (this.isRunning && this.vuCount < this.maxVus) this.onFree(this.acquireVu());
    });
  }
}
