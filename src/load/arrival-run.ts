import { builtInMetrics } from "../model/metric.js";
import type { ConstantArrivalRate, RampingArrivalRate } from "../model/options.js";
import type { Arrivals } from "./arrivals.js";
import { DropBlame } from "./drop-blame.js";
import { type ScenarioHost, ScenarioRun } from "./scenario-run.js";
import { arrivalsOf } from "./schedule.js";
import type { EngineVu } from "./vu.js";

/** An arrival later than this came after a stall of ours: responses that free a VU may be waiting to be read. */
const onTimeMs = 1;
/** An arrival waits for those no longer than the stall was, and at most for so long. */
const longestWaitMs = 100;

/**
 * The open model: arrivals come when they are due, whatever the target does.
 *
 * An arrival without a free VU is dropped and counted, and one more VU is made in the background up to maxVUs. Only
 * after a stall of the engine's own do arrivals wait a little: on time they would have found a VU.
 */
export class ArrivalRun extends ScenarioRun {
  readonly lengthMs: number;
  private readonly blame: DropBlame;
  private readonly arrivals: Arrivals;
  private readonly preAllocatedVus: number;
  private readonly maxVus: number;
  private next = 0;
  /** When arrival `next` is due, on the engine's clock; Infinity before the scenario begins and after the last one. */
  nextDueMs = Number.POSITIVE_INFINITY;
  private taking = false;
  /** Until when arrivals may wait for a VU; undefined while none has to. */
  private waitsUntilMs: number | undefined;
  /** Hears how many arrivals have been taken. */
  onTaken: (count: number) => void = () => {};
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
    this.blame = new DropBlame(host.clock);
    this.preAllocatedVus = host.share.countOf(plan.preAllocatedVUs);
    this.maxVus = host.share.countOf(plan.maxVUs);
    this.lengthMs =
      plan.executor === "constant-arrival-rate"
        ? plan.durationMs
        : plan.stages.reduce((sum, stage) => sum + stage.durationMs, 0);
  }

  /** Of the dropped: those that are not the target's doing. */
  get droppedByUs(): number {
    return this.blame.settle();
  }

  get taken(): number {
    return this.next;
  }

  plannedBefore(runMs: number): number {
    return this.arrivals.countBefore(runMs - this.plan.startTimeMs);
  }

  /** The pacer says that the first `count` arrivals are due. */
  arrive(count: number): void {
    if (this.isRunning) this.takeUpTo(count, Number.POSITIVE_INFINITY);
  }

  /** An engine that is awake anyway takes what is due: it need not be woken for it. */
  arriveBy(nowMs: number): void {
    // An iteration without a pause ends within its own start; the loop that began it goes on by itself.
    if (this.isRunning && !this.taking && this.nextDueMs <= nowMs) this.takeUpTo(this.arrivals.count, nowMs);
  }

  private takeUpTo(count: number, dueMs: number): void {
    this.taking = true;
    while (this.next < count && this.nextDueMs <= dueMs && !this.mustWait()) this.take();
    this.taking = false;
    this.onTaken(this.next);
  }

  private take(): void {
    const dueMs = this.nextDueMs;
    this.next += 1;
    this.nextDueMs = this.dueTime();
    const vu = this.takeFree();
    if (vu === undefined) {
      this.drop(dueMs);
      return;
    }
    this.blame.served();
    this.launch(vu, dueMs);
    if (vu.latenessMs <= onTimeMs) this.waitsUntilMs = undefined;
    this.host.sink.addPlain(builtInMetrics.iteration_lateness, vu.latenessMs);
  }

  /** Whether the next arrival has no VU yet, but may get one that an earlier response is about to free. */
  private mustWait(): boolean {
    if (this.freeHead < this.free.length) return false;
    const now = this.host.clock();
    const lateMs = now - this.nextDueMs;
    if (lateMs <= onTimeMs) {
      this.waitsUntilMs = undefined;
      return false;
    }
    this.waitsUntilMs ??= now + Math.min(lateMs, longestWaitMs);
    return now < this.waitsUntilMs;
  }

  private dueTime(): number {
    if (this.next >= this.arrivals.count) return Number.POSITIVE_INFINITY;
    return this.host.runStartMs() + this.plan.startTimeMs + this.arrivals.dueAt(this.next);
  }

  protected onBegin(): void {
    this.nextDueMs = this.dueTime();
    for (let i = 0; i < this.preAllocatedVus; i += 1) this.free.push(this.acquireVu());
  }

  protected onFree(vu: EngineVu, nowMs: number): void {
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
    this.arriveBy(nowMs);
  }

  protected override onLastMoment(): void {
    // The end's timer may be handled before the pacer's last message.
    while (this.next < this.arrivals.count) this.take();
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
    this.countDropped(1);
    this.blame.dropped(dueMs);
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
      if (this.isRunning && this.vuCount < this.maxVus) this.onFree(this.acquireVu(), this.host.clock());
    });
  }
}
