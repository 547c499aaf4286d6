import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { growthInShort } from "../compare/leak-words.js";
import { crossedByLeak, crossedBySample, type StopRule } from "../compare/stop-rules.js";
import type { LeakVerdict } from "../model/leak.js";
import type { ResourceSummary } from "../model/run.js";
import { formatBytes, formatDuration } from "../model/units.js";
import type { ResourceSample } from "../model/window.js";
import { type StartedTarget, startTarget } from "../monitor/command.js";
import { FloorLog } from "../monitor/floors.js";
import { NeighbourMeter, type Neighbours } from "../monitor/neighbours.js";
import { WatchGroup, watchProcess } from "../monitor/process.js";
import type { Source } from "../monitor/source.js";
import { stepAside } from "../monitor/step-aside.js";
import { type AskedLoad, ResourceTally } from "../monitor/summary.js";
import { withOwnProgram } from "../probe/words.js";
import { judgeLeaks } from "./leaks.js";
import type { RunRequest } from "./run-request.js";
import { openSources } from "./sources.js";

const everyMs = 1000;
/** A leak verdict costs some milliseconds, and a minute brings one new floor. */
const leakLookMs = 60_000;

/** Samples everything that is watched once a second, beside the load; commands that we started are stopped at the end. */
export class TargetWatch {
  private readonly tally = new ResourceTally();
  private readonly floors = new FloorLog();
  private readonly meter = new NeighbourMeter();
  private neighbours: Neighbours | undefined;
  private readonly pending: ResourceSample[] = [];
  private startedMs = 0;
  private timer: NodeJS.Timeout | undefined;
  /** Looks that are under way: a source that answers slowly must not delay the others. */
  private readonly looking = new Map<Source, Promise<void>>();
  /** The newest sample of the first source. */
  latest: ResourceSample | undefined;
  /** Told once why a rule of the user's ends the run. */
  onCrossed: ((reason: string) => void) | undefined;
  private lastLook: LeakVerdict[] = [];
  private lastLookMs = 0;
  private names: readonly string[] = [];
  private readonly processes = new Set<string>();
  private readonly newest = new Map<string, ResourceSample>();
  /** After the load: memory that comes back is no growth, and no part of what the load needed. */
  private draining = false;

  private constructor(
    private readonly sources: Source[],
    private readonly commands: { readonly name: string; readonly logFile: string; readonly started: StartedTarget }[],
    private readonly stopRules: readonly StopRule[],
    /** Whether what runs on this machine for the load is known by its processes; else nobody knows what is beside it. */
    private readonly knowsNeighbours: boolean,
    private readonly onWarning: (text: string) => void,
  ) {}

  get sourceCount(): number {
    return this.sources.length;
  }

  get sourceNames(): readonly string[] {
    return this.sources.map(({ name }) => name);
  }

  /** The first source's memory growth so far, as the last look of every minute saw it. */
  get growthSoFar(): string | undefined {
    const [first] = this.names;
    const memory = this.lastLook.find((leak) => leak.figure === "rssBytes" && leak.source === first);
    return memory && growthInShort(memory);
  }

  /** Where the first command said that it listens. */
  get url(): string | undefined {
    return this.commands.find(({ started }) => started.url !== undefined)?.started.url;
  }

  /** Log files of the commands, by name; gone after {@link close}. */
  get logs(): ReadonlyMap<string, string> {
    return new Map(this.commands.map(({ name, logFile }) => [name, logFile]));
  }

  /** @throws {Problem} for a process that does not exist or a command that does not start; nothing is left running then */
  static async open(
    request: Pick<RunRequest, "pids" | "commands" | "sources" | "stopWhen">,
    onWarning: (text: string) => void,
  ): Promise<TargetWatch> {
    const sources: Source[] = [];
    const commands: { name: string; logFile: string; started: StartedTarget }[] = [];
    const group = new WatchGroup();
    const processes = request.commands.length + request.pids.length;
    const { cgroups = [], containers = [] } = request.sources ?? {};
    const knowsNeighbours = processes > 0 && cgroups.length === 0 && containers.length === 0;
    const watch = new TargetWatch(sources, commands, request.stopWhen ?? [], knowsNeighbours, onWarning);
    try {
      for (const { name, command, readyUrl } of request.commands) {
        // The run folder is not there yet: it is made when the script's options are known, and those may need the URL.
        const logFile = join(await mkdtemp(join(tmpdir(), "loadline-")), `${name}.log`);
        const started = await startTarget({ name, command: withOwnProgram(command), readyUrl, logFile, onWarning });
        commands.push({ name, logFile, started });
        sources.push(watchProcess({ name, pid: started.pid, group }));
      }
      for (const { name, pid } of request.pids) sources.push(watchProcess({ name, pid, group }));
      for (const { name } of sources) watch.processes.add(name);
      if (request.sources !== undefined) sources.push(...(await openSources(request.sources)));
    } catch (error) {
      await watch.close(undefined);
      throw error;
    }
    return watch;
  }

  /** The load began so long ago: samples count their time from there. */
  begin(agoMs = 0): void {
    if (this.sources.length === 0) return;
    this.startedMs = performance.now() - agoMs;
    this.names = this.sources.map(({ name }) => name);
    this.timer = setInterval(() => this.sample(), everyMs);
    this.sample();
    if (this.knowsNeighbours) this.meter.begin();
  }

  /** Samples since the last call. */
  take(): ResourceSample[] {
    return this.pending.splice(0);
  }

  summary(asked?: AskedLoad): ResourceSummary[] {
    return this.inOrder(this.tally.summaries(asked));
  }

  /** Whether anything grew without end, by source and figure. */
  leaks(): LeakVerdict[] {
    return this.inOrder(judgeLeaks(this.floors));
  }

  /** The load is over: what happens to the target from now on is not of its doing. */
  async endSampling(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.looking.values());
  }

  /** The load is over: what others did from now on did not disturb it. */
  endLoad(): void {
    this.neighbours ??= this.meter.end(this.tally.coresOf(this.processes));
  }

  /** What else this machine did while the load ran; undefined where that cannot be told from what is watched. */
  get others(): Neighbours | undefined {
    return this.neighbours;
  }

  /** Stops what was started; what it wrote goes into the run folder. May be called again. */
  async close(folder: string | undefined): Promise<void> {
    await this.endSampling();
    for (const source of this.sources.splice(0)) source.close();
    for (const { name, logFile, started } of this.commands.splice(0)) {
      await started.stop();
      if (folder !== undefined) await this.keepLog(name, logFile, folder);
      await rm(dirname(logFile), { recursive: true, force: true }).catch(() => {});
    }
  }

  /**
   * Goes on sampling for so long after the load, to see what memory comes back.
   *
   * @param ended ends it before its time
   */
  async drain(plannedMs: number, ended: AbortSignal): Promise<void> {
    if (this.sources.length === 0 || plannedMs <= 0 || this.timer === undefined || ended.aborted) return;
    this.onCrossed = undefined;
    this.draining = true;
    const startMs = performance.now();
    const from = new Map(this.sources.map(({ name }) => [name, this.newest.get(name)?.rssBytes]));
    await wait(plannedMs, undefined, { signal: ended }).catch(() => {});
    const lengthMs = Math.round((performance.now() - startMs) / 1000) * 1000;
    const atMs = Math.round(performance.now() - this.startedMs);
    for (const { name } of this.sources) {
      const [before, after] = [from.get(name), this.newest.get(name)?.rssBytes];
      if (before === undefined || after === undefined) continue;
      const change =
        after <= before ? `${formatBytes(before - after)} came back` : `${formatBytes(after - before)} more`;
      this.record({ atMs, source: name, event: `drained for ${formatDuration(lengthMs)}: ${change}` });
    }
  }

  /** As the sources were named, whichever answered first. */
  private inOrder<T extends { readonly source: string }>(found: readonly T[]): T[] {
    return [...found].sort((a, b) => this.names.indexOf(a.source) - this.names.indexOf(b.source));
  }

  /** A log that is gone, or a full disk, must not cost the run its end. */
  private async keepLog(name: string, logFile: string, folder: string): Promise<void> {
    try {
      await copyFile(logFile, join(folder, `${name}.log`));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      this.onWarning(`What ${name} wrote could not be kept (${code ?? String(error)}): ${logFile}`);
    }
  }

  private sample(): void {
    const atMs = Math.round(performance.now() - this.startedMs);
    for (const source of this.sources) {
      if (this.looking.has(source)) continue;
      stepAside();
      const look = this.look(source, atMs).finally(() => this.looking.delete(source));
      this.looking.set(source, look);
    }
    this.lookForLeaks(atMs);
  }

  private async look(source: Source, atMs: number): Promise<void> {
    const sample = await source.sample(atMs);
    if (source === this.sources[0]) this.latest = sample;
    this.newest.set(source.name, sample);
    this.record(sample);
    if (sample.event?.startsWith("unavailable:") === true) this.onWarning(`${source.name} ${sample.event}`);
    this.cross(crossedBySample(this.stopRules, sample));
  }

  private record(sample: ResourceSample): void {
    this.tally.add(sample, !this.draining);
    if (!this.draining) this.floors.add(sample);
    this.pending.push(sample);
  }

  private lookForLeaks(atMs: number): void {
    if (atMs - this.lastLookMs < leakLookMs) return;
    this.lastLookMs = atMs;
    if (this.draining) return;
    const now = judgeLeaks(this.floors);
    this.cross(crossedByLeak(this.stopRules, now, this.lastLook));
    this.lastLook = now;
  }

  private cross(reason: string | undefined): void {
    if (reason === undefined) return;
    const tell = this.onCrossed;
    this.onCrossed = undefined;
    tell?.(reason);
  }
}
