import { availableParallelism } from "node:os";
import { undivided, workerSegments } from "../load/share.js";
import { workerCount, workerWarnings } from "../load/worker-count.js";
import { WindowMerger } from "../measure/merge-windows.js";
import type { SeriesKey } from "../model/metric.js";
import { type ExitCode, exitCodes, Problem } from "../model/problem.js";
import { type WindowBatch, windowMs } from "../model/window.js";
import { CollectionTrace } from "../monitor/collection-trace.js";
import { EngineClient, type EngineListener, type TeamListener, warnOfExceptions } from "./engine-client.js";
import { makeInstanceRows } from "./instance-rows.js";
import type { EngineEnd, EngineStart, Meeting, Phase, Planned } from "./protocol.js";
import { TeamPacers } from "./team-pacers.js";

interface Member {
  readonly client: EngineClient;
  /** Where it waits for the others. */
  waitsAt: Meeting | undefined;
  /** Undefined while it runs; "died" where it ended without a word. */
  end: EngineEnd | "died" | undefined;
  prepared: { readonly made: number; readonly of: number };
}

/**
 * The engines of a run, one thread each, as the main thread sees them: like one {@link EngineClient}.
 *
 * The first engine loads the script and says how many there are to be. It alone runs setup, teardown and handleSummary.
 * Engines wait for one another between phases, begin each at the same moment, and end together: what ends one early
 * ends all. A lone engine is its client and nothing more.
 */
export class EngineWorkers {
  readonly plan: Promise<Planned>;
  /** Settles when the run is over; rejects with a Problem where it could not go on. */
  readonly ended: Promise<EngineEnd>;
  private readonly members: Member[] = [];
  private readonly exceptions = new Map<string, number>();
  private readonly toldExceptions = new Set<string>();
  private merger: WindowMerger | undefined;
  private collections: CollectionTrace | undefined;
  /** Until it was delivered, if it has come. */
  private lastWindow: Promise<void> = Promise.resolve();
  private closed = false;
  private pacers: TeamPacers | undefined;
  private setupText: string | undefined;
  /** What ended the run early, the first of all. */
  private halt: { readonly exitCode: ExitCode; readonly reason: string } | undefined;
  private isHalted = false;
  private fault: Error | undefined;
  private planned: Planned | undefined;
  private settle: () => void = () => {};

  constructor(
    private readonly startWith: EngineStart,
    private readonly listener: EngineListener,
    private readonly cores = availableParallelism(),
  ) {
    const leader = this.hire(startWith);
    this.plan = leader.client.plan.then((planned) => this.complete(planned));
    this.ended = new Promise((resolve, reject) => {
      this.settle = () => {
        if (this.members.some(({ end }) => end === undefined)) return;
        void this.lastWindow.then(() => {
          if (this.fault !== undefined) reject(this.fault);
          else resolve(this.commonEnd());
        });
      };
    });
    // Whoever awaits only one of the two must not be told of the other as unhandled.
    this.plan.catch(() => {});
    this.ended.catch(() => {});
  }

  /** @param longestMs by when each phase must have ended by itself; later it is ended from outside */
  start(submetrics: readonly SeriesKey[], longestMs: Readonly<Record<Phase, number>>): void {
    const workers = this.members.length;
    if (workers === 1) {
      this.members[0]!.client.start(submetrics, longestMs);
      return;
    }
    const { plan } = this.planned!;
    const segments = this.members.map((_, index) => workerSegments(plan.segment ?? undivided, index, workers));
    const pacers = new TeamPacers(plan, segments, (error) => this.died(0, error));
    this.pacers = pacers;
    const instanceRows = makeInstanceRows(workers);
    for (const [row, { client }] of this.members.entries()) {
      client.start(submetrics, longestMs, {
        isLeader: row === 0,
        workers,
        segments: segments[row]!,
        pacing: pacers.linksOf(row),
        instanceRows,
        row,
      });
    }
  }

  /** Ends the run early, with results; a script that does not listen is cut off. Teardown then has its own time. */
  stop(graceMs: number, reason: string, exitCode: ExitCode = exitCodes.signal): void {
    this.halt ??= { exitCode, reason };
    this.isHalted = true;
    for (const { client, waitsAt, end } of this.members) {
      // One that waits learns of it when it may go on, and must not be taken for one that does not listen.
      if (waitsAt === undefined && end === undefined) client.stop(graceMs, reason, exitCode);
    }
  }

  /** Calls the script's handleSummary. @returns its files by name; undefined where it gave none */
  summarise(input: unknown, timeoutMs: number): Promise<Readonly<Record<string, string | Uint8Array>> | undefined> {
    return this.members[0]!.client.summarise(input, timeoutMs);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.collections?.stop();
    await Promise.all([this.pacers?.stop(), ...this.members.map(({ client }) => client.close())]);
  }

  /** Starts the other engines, once the script has said what it asks for. */
  private async complete(planned: Planned): Promise<Planned> {
    const workers = workerCount(planned.plan, this.cores);
    this.planned = planned;
    if (workers === 1) return planned;
    this.merger = new WindowMerger({
      engines: workers,
      oneProcess: true,
      onWindow: (batch) => this.deliver(batch),
    });
    const sharedArrays = await this.members[0]!.client.pack();
    const others = Array.from({ length: workers - 1 }, () => this.hire({ ...this.startWith, sharedArrays }));
    await Promise.all(others.map(({ client }) => client.plan));
    const warnings = [...planned.plan.warnings, ...workerWarnings(planned.plan, workers, this.cores)];
    return { ...planned, plan: { ...planned.plan, warnings } };
  }

  private hire(start: EngineStart): Member {
    const index = this.members.length;
    const member: Member = {
      client: new EngineClient(start, this.listenerOf(index), this.teamListenerOf(index)),
      waitsAt: undefined,
      end: undefined,
      prepared: { made: 0, of: 0 },
    };
    this.members.push(member);
    member.client.ended.then(
      (end) => this.leaves(index, end),
      (error: Error) => this.died(index, error),
    );
    return member;
  }

  private listenerOf(index: number): EngineListener {
    const { listener } = this;
    return {
      window: (batch) => (this.merger === undefined ? this.deliver(batch) : this.merger.add(index, batch)),
      samples: (batch) => listener.samples(batch),
      log: (line) => listener.log(line),
      warning: (code, text) => listener.warning(code, text),
      preparing: (made, of) => {
        this.members[index]!.prepared = { made, of };
        const all = this.members.map(({ prepared }) => prepared);
        const sum = (key: "made" | "of"): number => all.reduce((total, one) => total + one[key], 0);
        listener.preparing(sum("made"), sum("of"));
      },
      // All are in the same phase; the leader's is the run's.
      phase: (phase, startedAtMs) => {
        if (index > 0) return;
        if (phase === "load") this.traceCollections();
        listener.phase(phase, startedAtMs);
      },
    };
  }

  private traceCollections(): void {
    if (this.closed) return;
    const trace = new CollectionTrace();
    if (!trace.start()) {
      const text = "V8 cannot be traced in this thread: time spent in garbage collection is not known.";
      this.listener.warning("collections.unknown", text);
      return;
    }
    trace.takeMs(windowMs);
    this.collections = trace;
  }

  private deliver(batch: WindowBatch): void {
    const { collections, listener } = this;
    const tell = (gcMs: number): void => listener.window({ ...batch, engine: { ...batch.engine, gcMs } });
    if (collections === undefined) tell(0);
    else if (batch.last) this.lastWindow = collections.finish().then(tell);
    else tell(collections.takeMs(windowMs));
  }

  private teamListenerOf(index: number): TeamListener {
    return {
      met: (at, isHalted, setupText) => {
        this.members[index]!.waitsAt = at;
        this.isHalted ||= isHalted;
        this.setupText ??= setupText;
        this.meet();
      },
      halting: (exitCode, reason) => {
        if (this.halt === undefined && this.members.length > 1) this.stop(0, reason, exitCode);
      },
      // Every engine meets the same faults of a script.
      exception: (text) => {
        if (this.toldExceptions.has(text)) return;
        this.toldExceptions.add(text);
        this.listener.log({ level: "error", text });
      },
      exceptions: (counts) => {
        for (const { message, count } of counts) {
          this.exceptions.set(message, (this.exceptions.get(message) ?? 0) + count);
        }
      },
    };
  }

  /** Lets all go on when all who still run have come. */
  private meet(): void {
    const running = this.members.filter(({ end }) => end === undefined);
    const at = running[0]?.waitsAt;
    if (at === undefined || running.some(({ waitsAt }) => waitsAt !== at)) return;
    const phase = at === "warm-up-ready" ? "warmUp" : at === "load-ready" ? "load" : undefined;
    if (phase === undefined || this.isHalted) this.goOn(undefined);
    else
      this.pacers!.ready(phase).then(
        () => this.goOn(this.isHalted ? undefined : this.pacers!.begin(phase)),
        (error: Error) => this.died(0, error),
      );
  }

  private goOn(beginsAtMs: number | undefined): void {
    const { isHalted, setupText } = this;
    for (const member of this.members) {
      if (member.waitsAt === undefined || member.end !== undefined) continue;
      member.waitsAt = undefined;
      member.client.proceed({ isHalted, setupText, beginsAtMs });
    }
  }

  private leaves(index: number, end: EngineEnd): void {
    this.members[index]!.end = end;
    this.merger?.leave(index);
    if (this.members.every((member) => member.end !== undefined)) {
      const counts = [...this.exceptions].map(([message, count]) => ({ message, count }));
      warnOfExceptions(counts, this.listener);
    }
    this.settle();
  }

  /** An engine is gone: the run ends, with what all have recorded until then. */
  private died(index: number, error: Error): void {
    this.fault ??= this.members.length > 1 ? workerFault(index, this.members.length, error) : error;
    this.members[index]!.end = "died";
    this.merger?.leave(index);
    this.stop(0, this.fault.message, exitCodes.internal);
    this.meet();
    this.settle();
  }

  private commonEnd(): EngineEnd {
    const ends = this.members.map(({ end }) => end as EngineEnd);
    const early = ends.find(({ exitCode }) => exitCode !== undefined && exitCode !== exitCodes.markedFailed);
    const { exitCode, reason } = this.halt ?? early ?? ends.find((end) => end.exitCode !== undefined) ?? ends[0]!;
    return { exitCode, reason, setupData: ends[0]!.setupData };
  }
}

/** The same problem, with the worker's number where the engine itself is at fault and not the script. */
function workerFault(index: number, workers: number, error: Error): Error {
  if (!(error instanceof Problem) || error.code !== "engine.died") return error;
  const { hint } = error;
  return new Problem(error.code, `Worker ${index + 1} of ${workers}: ${error.message}`, {
    exitCode: error.exitCode,
    ...(hint === undefined ? {} : { hint }),
  });
}
