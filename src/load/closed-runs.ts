import type { ConstantVus, PerVuIterations, RampingVus, SharedIterations } from "../model/options.js";
import { type ScenarioHost, ScenarioRun } from "./scenario-run.js";
import type { Share } from "./share.js";
import type { EngineVu } from "./vu.js";

/** Iterations without a wait would keep the event loop from timers and sockets: yield after this long. */
const longestBurstMs = 5;

/** The closed model: each VU begins its next iteration when its last one has ended. */
abstract class ClosedRun extends ScenarioRun {
  private yieldedAtMs = 0;

  plannedBefore(): number {
    return this.started;
  }

  /** Begins the VU's next iteration, unless it may not have one; called from a clean stack. */
  protected abstract next(vu: EngineVu): void;

  protected onFree(vu: EngineVu): void {
    const now = this.host.clock();
    if (now - this.yieldedAtMs > longestBurstMs) {
      this.yieldedAtMs = now;
      setImmediate(() => this.nextIfRunning(vu));
    } else queueMicrotask(() => this.nextIfRunning(vu));
  }

  private nextIfRunning(vu: EngineVu): void {
    if (this.isRunning && !vu.isRetired) this.next(vu);
  }

  protected progress(): number {
    return Math.min(1, this.elapsedMs() / this.lengthMs);
  }
}

/** A fixed number of VUs that loop until the duration ends. */
export class ConstantVusRun extends ClosedRun {
  readonly lengthMs: number;

  constructor(
    override readonly plan: ConstantVus,
    host: ScenarioHost,
  ) {
    super(plan, host);
    this.lengthMs = plan.durationMs;
  }

  protected onBegin(): void {
    const vus = this.host.share.countOf(this.plan.vus);
    for (let i = 0; i < vus; i += 1) this.onFree(this.acquireVu());
  }

  protected next(vu: EngineVu): void {
    this.launch(vu);
  }
}

/** A fixed number of iterations, for each VU or shared by all. */
export class IterationsRun extends ClosedRun {
  readonly lengthMs: number;
  private readonly ownVus: number;
  private readonly total: number;
  private readonly begun = new Map<EngineVu, number>();

  constructor(
    override readonly plan: PerVuIterations | SharedIterations,
    host: ScenarioHost,
  ) {
    // What VUs share goes where the VUs are; a VU's own iterations are the VU's.
    super(plan, host, plan.executor === "shared-iterations" ? host.share.among(plan.vus) : host.share);
    this.lengthMs = plan.maxDurationMs;
    this.ownVus = host.share.countOf(plan.vus);
    this.total =
      plan.executor === "per-vu-iterations" ? this.ownVus * plan.iterations : this.iterations.countOf(plan.iterations);
  }

  protected onBegin(): void {
    for (let i = 0; i < this.ownVus; i += 1) this.onFree(this.acquireVu());
    // An engine without a VU of this scenario has nothing to wait for.
    if (this.total === 0) this.drain(0);
  }

  protected next(vu: EngineVu): void {
    const begun = this.begun.get(vu) ?? 0;
    const mayBegin =
      this.plan.executor === "per-vu-iterations" ? begun < this.plan.iterations : this.started < this.total;
    if (mayBegin) {
      this.begun.set(vu, begun + 1);
      this.launch(vu);
    } else if (this.started === this.total && this.busyCount === 0) this.drain(0);
  }

  protected override onEnd(): void {
    const missing = this.total - this.started;
    // Where the run was ended before its time, nothing was dropped.
    if (missing > 0 && this.hasRunOut) this.countDropped(missing);
  }

  protected override progress(): number {
    return this.total === 0 ? 1 : this.completed / this.total;
  }
}

interface VuStep {
  readonly atMs: number;
  readonly vus: number;
}

/** When the number of VUs changes: linear within each stage, one VU at a time, a stage of no length jumps. */
export function vuSteps(plan: Pick<RampingVus, "startVUs" | "stages">): VuStep[] {
  const steps = [{ atMs: 0, vus: plan.startVUs }];
  let startMs = 0;
  let from = plan.startVUs;
  for (const { durationMs, target } of plan.stages) {
    const change = Math.abs(target - from);
    if (durationMs === 0 && change > 0) steps.push({ atMs: startMs, vus: target });
    else {
      for (let k = 1; k <= change; k += 1) {
        steps.push({ atMs: startMs + (durationMs * k) / change, vus: from + Math.sign(target - from) * k });
      }
    }
    startMs += durationMs;
    from = target;
  }
  return steps;
}

/** The steps at which this engine's part of the VUs changes. */
export function sharedSteps(steps: readonly VuStep[], share: Share): VuStep[] {
  const ours = steps.map(({ atMs, vus }) => ({ atMs, vus: share.countOf(vus) }));
  return ours.filter(({ vus }, index) => index === 0 || vus !== ours[index - 1]!.vus);
}

/** VUs that come and go along the stages; one that must go may finish its iteration within gracefulRampDown. */
export class RampingVusRun extends ClosedRun {
  readonly lengthMs: number;
  private readonly steps;
  private step = 0;
  private target = 0;
  /** By slot: slot i is to loop while i < target. */
  private readonly slots: EngineVu[] = [];
  /** VUs that finish their last iteration, each with the mark of its deadline. */
  private readonly leaving = new Map<EngineVu, object>();

  constructor(
    override readonly plan: RampingVus,
    host: ScenarioHost,
  ) {
    super(plan, host);
    this.lengthMs = plan.stages.reduce((sum, stage) => sum + stage.durationMs, 0);
    this.steps = sharedSteps(vuSteps(plan), host.share);
  }

  protected onBegin(): void {
    this.takeSteps();
  }

  protected next(vu: EngineVu): void {
    const slot = this.slots.indexOf(vu);
    if (slot >= 0 && slot < this.target) {
      if (!vu.isBusy) this.launch(vu);
    } else if (!vu.isBusy) this.leave(vu);
  }

  private takeSteps(): void {
    while (this.step < this.steps.length && this.steps[this.step]!.atMs <= this.elapsedMs()) {
      this.retarget(this.steps[this.step]!.vus);
      this.step += 1;
    }
    const upcoming = this.steps[this.step];
    if (upcoming !== undefined) this.after(upcoming.atMs - this.elapsedMs(), () => this.isRunning && this.takeSteps());
  }

  private retarget(target: number): void {
    this.target = target;
    while (this.slots.length < target) {
      const vu = this.acquireVu();
      this.slots.push(vu);
      this.onFree(vu);
    }
    for (const vu of this.slots.slice(0, target)) this.leaving.delete(vu);
    for (const vu of this.slots.slice(target)) {
      if (!vu.isBusy) this.leave(vu);
      else if (!this.leaving.has(vu)) this.leaveLater(vu);
    }
  }

  /** One deadline a VU: taken back when the ramp wants it again, and not begun anew by every further step down. */
  private leaveLater(vu: EngineVu): void {
    const departure = {};
    this.leaving.set(vu, departure);
    this.after(this.plan.gracefulRampDownMs, () => {
      if (this.leaving.get(vu) !== departure) return;
      this.leaving.delete(vu);
      if (!vu.isBusy) return;
      this.slots.splice(this.slots.indexOf(vu), 1);
      vu.interrupt("The ramp went down and gracefulRampDown has run out.");
    });
  }

  private leave(vu: EngineVu): void {
    const slot = this.slots.indexOf(vu);
    if (slot >= 0) this.slots.splice(slot, 1);
    this.leaving.delete(vu);
    this.releaseVu(vu);
  }
}
