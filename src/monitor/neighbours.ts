import { readFileSync } from "node:fs";
import { parseCpuTimes, ticksPerSecond } from "./machine-load.js";

/** What a machine did besides a load and what the load was aimed at. */
export interface Neighbours {
  /** CPU that neither we nor what is watched used, cores, mean over the load. */
  readonly othersCores: number;
  /** Share of the machine's CPU time that its hypervisor gave to others. */
  readonly stealRatio: number;
}

/** CPU of a machine as a whole over a while, less what is accounted for. Linux only. */
export class NeighbourMeter {
  private from: { readonly atMs: number; readonly stat: string; readonly own: NodeJS.CpuUsage } | undefined;

  /** @param read reads a file of the system's; undefined where there is none */
  constructor(
    private readonly read: (path: string) => string | undefined = readIfThere,
    private readonly now: () => number = () => performance.now(),
    private readonly ownCpu: (since?: NodeJS.CpuUsage) => NodeJS.CpuUsage = (since) => process.cpuUsage(since),
  ) {}

  begin(): void {
    const stat = this.read("/proc/stat");
    this.from = stat === undefined ? undefined : { atMs: this.now(), stat, own: this.ownCpu() };
  }

  /**
   * @param watchedCores what is watched used meanwhile, mean
   * @returns undefined where the system does not tell, or nothing was begun
   */
  end(watchedCores: number): Neighbours | undefined {
    const { from } = this;
    const before = parseCpuTimes(from?.stat);
    const after = parseCpuTimes(this.read("/proc/stat"));
    if (from === undefined || before === undefined || after === undefined || after.all <= before.all) return undefined;
    const seconds = (this.now() - from.atMs) / 1000;
    const own = this.ownCpu(from.own);
    // Idle time is measured, busy time is sampled: what is not idle is the better figure.
    const idleCores = (after.idle - before.idle) / ticksPerSecond / seconds;
    const stolen = after.steal - before.steal;
    const ours = (own.user + own.system) / 1e6 / seconds + watchedCores;
    return {
      othersCores: Math.max(0, after.cores - idleCores - stolen / ticksPerSecond / seconds - ours),
      stealRatio: stolen / (after.all - before.all),
    };
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
