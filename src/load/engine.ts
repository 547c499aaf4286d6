import { builtInMetrics } from "../model/metric.js";
import type { Plan, ScenarioPlan } from "../model/options.js";
import type { InstanceState } from "../model/vu.js";
import {
  type CheckCount,
  type EngineWindow,
  type Series,
  type SeriesValue,
  type WindowBatch,
  windowMs,
} from "../model/window.js";
import { ArrivalRun } from "./arrival-run.js";
import type { Clock } from "./clock.js";
import { ConstantVusRun, IterationsRun, RampingVusRun } from "./closed-runs.js";
import { listenToPacer, Pacer, type PacerLink, tellTaken } from "./pacer.js";
import { Rest } from "./rest.js";
import type { RestSign } from "./rest-sign.js";
import type { EngineSink, ScenarioHost, ScenarioRun } from "./scenario-run.js";
import type { SelfCheck } from "./self-check.js";
import { type Segments, type Share, shareOf, wholeShare } from "./share.js";
import type { EngineVu } from "./vu.js";
import type { VuPool } from "./vu-pool.js";

/** Of a window: an engine that is at work for longer has no time left. */
const saturatedRatio = 0.95;
/** The plan's last window waits this long for iterations still running, so that no sliver of a window follows it. */
const stragglersMs = 250;
/** Between the last preparation and the first due time. */
const leadMs = 20;

/** Where the engine gets its windows from: the recorder behind the sink. */
export interface WindowSource extends EngineSink {
  closeWindow(): {
    readonly newSeries: readonly Series[];
    readonly values: readonly { readonly id: number; readonly value: SeriesValue }[];
    readonly checks: readonly CheckCount[];
    readonly newGroups: readonly string[];
    readonly unanswered: number;
    readonly ownSocketErrors: number;
  };
}

export interface EngineParts {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly sink: WindowSource;
  readonly selfCheck: SelfCheck;
  readonly pool: VuPool;
  /** This engine's part of the plan; the whole unless given. */
  readonly segments?: Segments | undefined;
  /** The way to a pacer that several engines share; an engine without one makes its own. */
  readonly pacing?: PacerLink | undefined;
  /** Where it says when it rests, for other threads. */
  readonly restSign?: RestSign | undefined;
  readonly setupData: () => unknown;
  /** Is given the batch for good, and may move its counts to another thread. */
  readonly onWindow: (batch: WindowBatch) => void;
  readonly onException: (vu: EngineVu, error: unknown) => void;
}

/** Drives all scenarios of a plan from the first due time to the last iteration's end. */
export class Engine {
  private readonly scenarios: ScenarioRun[];
  private readonly paced: ArrivalRun[];
  private readonly share: Share;
  private unlisten: (() => void) | undefined;
  private pacer: Pacer | undefined;
  private rest: Rest | undefined;
  private startMs = 0;
  private windowTimer: NodeJS.Timeout | undefined;
  private windowIndex = 0;
  private windowStartMs = 0;
  private before = { planned: 0, started: 0, dropped: 0, droppedByUs: 0, interrupted: 0, vus: 0 };

  constructor(private readonly parts: EngineParts) {
    this.share = parts.segments === undefined ? wholeShare : shareOf(parts.segments);
    const host: ScenarioHost = {
      clock: parts.clock,
      sink: parts.sink,
      share: this.share,
      runStartMs: () => this.startMs,
      runTags: parts.plan.options.tags,
      takeVu: () => parts.pool.take(),
      giveBack: (vu) => parts.pool.giveBack(vu),
      setupData: parts.setupData,
      onException: parts.onException,
      onIdle: () => this.rest?.offer(),
    };
    this.scenarios = parts.plan.scenarios.map((scenario) => scenarioRun(scenario, host));
    this.paced = this.scenarios.filter((run) => run instanceof ArrivalRun);
  }

  /** Makes every VU that the plan needs at once, so that none is made while the clock runs. */
  async prepare(onProgress: (made: number, of: number) => void): Promise<void> {
    const { plan, pool, pacing, segments } = this.parts;
    await pool.fill(vusAtOnce(plan.scenarios, this.share), onProgress);
    if (this.paced.length === 0) return;
    const onDue = (index: number, count: number): void => this.paced[index]!.arrive(count);
    if (pacing !== undefined) {
      this.unlisten = listenToPacer(pacing, onDue);
      this.answer(pacing);
      return;
    }
    const scenarios = this.paced.map((run) => run.plan);
    const onError = (error: Error): void => {
      throw error;
    };
    this.pacer = new Pacer(scenarios, onDue, onError, segments);
    this.answer(this.pacer.link);
    await this.pacer.ready();
  }

  private answer(link: PacerLink): void {
    for (const [index, run] of this.paced.entries()) run.onTaken = (count) => tellTaken(link, index, count);
    // VUs of a closed scenario have always something to do.
    const isIdle = (): boolean =>
      this.scenarios.every((run) => (run instanceof ArrivalRun ? run.busyCount : run.vuCount) === 0);
    const { clock, selfCheck } = this.parts;
    this.rest = new Rest(clock, link, this.paced, isIdle, this.parts.restSign, (ms) => selfCheck.onRest(ms));
  }

  /**
   * Runs to the end. {@link prepare} comes first.
   *
   * @param beginsAtMs on the monotonic clock, where several engines begin together; by default as soon as may be
   */
  async run(beginsAtMs?: number): Promise<void> {
    const { clock } = this.parts;
    this.parts.selfCheck.start();
    this.startMs = beginsAtMs ?? clock() + leadMs;
    this.scheduleWindow();
    this.pacer?.begin(this.startMs);
    const lead = this.startMs - clock();
    const timers = this.scenarios.map((run) =>
      // Early by a timer's grain and a rest: begin() takes its VUs before the first arrival is due.
      setTimeout(() => run.begin(), Math.max(0, lead + run.plan.startTimeMs - (run instanceof ArrivalRun ? 4 : 0))),
    );
    await Promise.all(this.scenarios.map((run) => run.done));
    for (const timer of timers) clearTimeout(timer);
    this.unlisten?.();
    await this.pacer?.stop();
  }

  /** Ends all scenarios; running iterations get `graceMs`. {@link run} then resolves. */
  stop(graceMs: number): void {
    for (const run of this.scenarios) run.drain(graceMs);
  }

  /** Writes what came after the scenarios (teardown) and says that no window follows. */
  finish(): void {
    clearTimeout(this.windowTimer);
    // A run that ended in its setup never began: it has no length.
    if (this.startMs === 0) this.startMs = this.parts.clock();
    this.closeWindow(true);
    this.parts.selfCheck.stop();
  }

  /** As `exec.instance` shows it. */
  get state(): InstanceState {
    const total = this.total;
    return {
      iterationsInterrupted: total((run) => run.interrupted),
      iterationsCompleted: total((run) => run.completed),
      vusActive: total((run) => run.busyCount),
      vusInitialized: this.parts.pool.made,
      // The first iterations may begin by a timer that came a moment early.
      currentTestRunDuration: this.startMs === 0 ? 0 : Math.max(0, this.parts.clock() - this.startMs),
    };
  }

  private readonly total = (pick: (run: ScenarioRun) => number): number =>
    this.scenarios.reduce((sum, run) => sum + pick(run), 0);

  private scheduleWindow(): void {
    const elapsed = this.parts.clock() - this.startMs;
    // From the window's start, not from now: a timer that came a moment early must not cut a window of no length.
    const grid = (Math.floor(this.windowStartMs / windowMs) + 1) * windowMs;
    const next = grid === this.parts.plan.durationMs ? grid + stragglersMs : grid;
    this.windowTimer = setTimeout(
      () => {
        this.closeWindow(false);
        this.scheduleWindow();
      },
      Math.max(1, next - elapsed),
    );
  }

  private closeWindow(last: boolean): void {
    const endMs = Math.max(this.windowStartMs, this.parts.clock() - this.startMs);
    // Timers come a little late. A window that ends on the grid keeps the grid; one that was held up shows its true length.
    const onGrid = Math.round(endMs / windowMs) * windowMs;
    const nominalEndMs = !last && Math.abs(endMs - onGrid) < 50 && onGrid > this.windowStartMs ? onGrid : endMs;
    const engine = this.engineWindow(nominalEndMs, last);
    const sink = this.parts.sink;
    sink.addPlain(builtInMetrics.vus, engine.vus);
    sink.addPlain(builtInMetrics.vus_max, engine.vusMax);
    const { newSeries, values, checks, newGroups, unanswered, ownSocketErrors } = sink.closeWindow();
    this.parts.onWindow({
      index: this.windowIndex,
      startMs: this.windowStartMs,
      lengthMs: nominalEndMs - this.windowStartMs,
      newSeries,
      values,
      checks,
      newGroups,
      engine: { ...engine, unanswered, ownSocketErrors },
      last,
    });
    this.windowIndex += 1;
    this.windowStartMs = nominalEndMs;
  }

  private engineWindow(endMs: number, last: boolean): Omit<EngineWindow, "unanswered" | "ownSocketErrors"> {
    const total = this.total;
    const now = {
      planned: total((run) => run.plannedBefore(endMs)),
      started: total((run) => run.started),
      dropped: total((run) => run.dropped),
      droppedByUs: total((run) => (run instanceof ArrivalRun ? run.droppedByUs : 0)),
      interrupted: total((run) => run.interrupted),
      vus: total((run) => run.vuCount),
    };
    const before = this.before;
    this.before = now;
    const dropped = now.dropped - before.dropped;
    // An engine that never waits cannot say that the target kept its VUs busy: their responses may lie unread.
    const isSaturated = this.parts.selfCheck.busyRatio >= saturatedRatio;
    return {
      planned: now.planned - before.planned,
      started: now.started - before.started,
      dropped,
      droppedByUs: isSaturated ? dropped : now.droppedByUs - before.droppedByUs,
      interrupted: now.interrupted - before.interrupted,
      // The scenarios have given their VUs back before the last window closes.
      vus: last ? before.vus || this.parts.pool.made : now.vus,
      vusMax: this.parts.pool.made,
      vusBusy: total((run) => run.busyCount),
      // The main thread knows.
      gcMs: 0,
      ...this.parts.selfCheck.window(),
    };
  }
}

function scenarioRun(plan: ScenarioPlan, host: ScenarioHost): ScenarioRun {
  switch (plan.executor) {
    case "constant-arrival-rate":
    case "ramping-arrival-rate":
      return new ArrivalRun(plan, host);
    case "constant-vus":
      return new ConstantVusRun(plan, host);
    case "ramping-vus":
      return new RampingVusRun(plan, host);
    case "per-vu-iterations":
    case "shared-iterations":
      return new IterationsRun(plan, host);
  }
}

/** The most VUs that scenarios hold at the same time, by their planned spans; what arrival rates may add later excluded. */
export function vusAtOnce(scenarios: readonly ScenarioPlan[], share: Share = wholeShare): number {
  const spans = scenarios.map((scenario) => ({
    from: scenario.startTimeMs,
    to: scenario.startTimeMs + spanMs(scenario) + scenario.gracefulStopMs,
    vus: share.countOf(plannedVus(scenario)),
  }));
  return Math.max(
    0,
    ...spans.map(({ from }) =>
      spans.filter((span) => span.from <= from && from < span.to).reduce((sum, span) => sum + span.vus, 0),
    ),
  );
}

function spanMs(scenario: ScenarioPlan): number {
  switch (scenario.executor) {
    case "constant-arrival-rate":
    case "constant-vus":
      return scenario.durationMs;
    case "ramping-arrival-rate":
    case "ramping-vus":
      return scenario.stages.reduce((sum, stage) => sum + stage.durationMs, 0);
    case "per-vu-iterations":
    case "shared-iterations":
      return scenario.maxDurationMs;
  }
}

function plannedVus(scenario: ScenarioPlan): number {
  switch (scenario.executor) {
    case "constant-arrival-rate":
    case "ramping-arrival-rate":
      return scenario.preAllocatedVUs;
    case "ramping-vus":
      return Math.max(scenario.startVUs, ...scenario.stages.map((stage) => stage.target));
    default:
      return scenario.vus;
  }
}
