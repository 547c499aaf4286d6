import { setTimeout as wait } from "node:timers/promises";
import type { BusyProcess, MachineReadings } from "../model/machine.js";
import { type ProcessStat, readAllStats } from "./procfs.js";

/** Below this share of a core a process is not worth a name. */
const namedFromCores = 0.01;
// Fields of the first line of /proc/stat, after "cpu": proc_stat(5).
const field = { idle: 3, ioWait: 4, steal: 7, last: 7 } as const;
/** USER_HZ, the unit of times in /proc. */
export const ticksPerSecond = 100;

interface CpuTimes {
  readonly cores: number;
  readonly all: number;
  readonly idle: number;
  readonly steal: number;
}

/**
 * What the machine does besides us, over a while in which we only wait.
 *
 * @param read reads a file of the system's; undefined where there is none
 */
export async function machineLoad(
  lengthMs: number,
  read: (path: string) => string | undefined,
): Promise<Pick<MachineReadings, "stealRatio" | "othersCores" | "busyProcesses">> {
  const before = { cpu: parseCpuTimes(read("/proc/stat")), processes: readAllStats(), own: process.cpuUsage() };
  const startedMs = performance.now();
  await wait(lengthMs);
  const seconds = (performance.now() - startedMs) / 1000;
  const after = parseCpuTimes(read("/proc/stat"));
  const own = process.cpuUsage(before.own);
  const busyProcesses = busiest(before.processes, readAllStats(), seconds, (pid) => read(`/proc/${pid}/comm`));
  if (before.cpu === undefined || after === undefined || after.all <= before.cpu.all) {
    return { stealRatio: undefined, othersCores: undefined, busyProcesses };
  }
  const busyTicks = after.all - before.cpu.all - (after.idle - before.cpu.idle) - (after.steal - before.cpu.steal);
  const ownCores = (own.user + own.system) / 1e6 / seconds;
  return {
    stealRatio: (after.steal - before.cpu.steal) / (after.all - before.cpu.all),
    othersCores: Math.max(0, busyTicks / ticksPerSecond / seconds - ownCores),
    busyProcesses,
  };
}

/** The machine's CPU time since boot, in ticks, over all cores. */
export function parseCpuTimes(stat: string | undefined): CpuTimes | undefined {
  const line = /^cpu\s+(.+)$/m.exec(stat ?? "")?.[1];
  if (line === undefined) return undefined;
  // Guest time comes after steal and is part of user time already.
  const fields = line
    .split(/\s+/)
    .slice(0, field.last + 1)
    .map(Number);
  return {
    cores: (stat ?? "").match(/^cpu\d+ /gm)?.length ?? 1,
    all: fields.reduce((sum, value) => sum + value, 0),
    idle: (fields[field.idle] ?? 0) + (fields[field.ioWait] ?? 0),
    steal: fields[field.steal] ?? 0,
  };
}

function busiest(
  before: readonly ProcessStat[],
  after: readonly ProcessStat[],
  seconds: number,
  nameOf: (pid: number) => string | undefined,
): BusyProcess[] {
  const earlier = new Map(before.map((stat) => [`${stat.pid} ${stat.startTicks}`, stat.ownCpuS]));
  return after
    .filter(({ pid }) => pid !== process.pid)
    .map((stat) => {
      const was = earlier.get(`${stat.pid} ${stat.startTicks}`) ?? 0;
      return { pid: stat.pid, cores: (stat.ownCpuS - was) / seconds };
    })
    .filter(({ cores }) => cores >= namedFromCores)
    .sort((a, b) => b.cores - a.cores)
    .slice(0, 5)
    .map(({ pid, cores }) => ({ pid, name: nameOf(pid)?.trim() ?? "ended", cores }));
}
