import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { MachineReadings } from "../model/machine.js";
import { machineLoad } from "./machine-load.js";

/** What the files of this machine say, without watching it for a while. */
export type MachineLimits = Pick<
  MachineReadings,
  "cores" | "cpuQuotaCores" | "openFiles" | "ephemeralPorts" | "timeWait" | "clockSource" | "governors"
>;

/** Reads a file of the system's; undefined where there is none. Given by tests. */
export type ReadText = (path: string) => string | undefined;

/** The limits of this machine and process. What it does not say is undefined; never throws. */
export function readMachineLimits(read: ReadText = readText, list: typeof listFolder = listFolder): MachineLimits {
  return {
    cores: availableParallelism(),
    cpuQuotaCores: quotaCores(read),
    openFiles: softLimit(read("/proc/self/limits")),
    ephemeralPorts: portCount(read("/proc/sys/net/ipv4/ip_local_port_range")),
    timeWait: number(/^TCP:.*\btw (\d+)/m.exec(read("/proc/net/sockstat") ?? "")?.[1]),
    clockSource: read("/sys/devices/system/clocksource/clocksource0/current_clocksource")?.trim(),
    governors: governors(read, list),
  };
}

/** {@link machineLoad}, with what the control group throttled meanwhile. */
export async function watchMachine(
  lengthMs: number,
  read: ReadText = readText,
): Promise<Pick<MachineReadings, "stealRatio" | "othersCores" | "busyProcesses" | "throttledRatio">> {
  const before = periods(read);
  const load = await machineLoad(lengthMs, read);
  const after = periods(read);
  const passed = before === undefined || after === undefined ? 0 : after.all - before.all;
  return {
    ...load,
    throttledRatio: passed > 0 ? (after!.throttled - before!.throttled) / passed : after === undefined ? undefined : 0,
  };
}

/** The smallest quota on the way from our control group (version 2) up to the root. */
function quotaCores(read: ReadText): number | undefined {
  const quotas = groupFolders(read).map((folder) => quotaOf(read(`${folder}/cpu.max`)));
  const known = quotas.filter((quota) => quota !== undefined);
  if (known.length > 0) return Math.min(...known);
  // Version 1 names quota and period apart; -1 is no limit.
  const quota = number(read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"));
  const period = number(read("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
  if (quota !== undefined && period !== undefined) return quota > 0 ? quota / period : Number.POSITIVE_INFINITY;
  // The root group has no cpu.max: a machine without groups of its own has no limit.
  return read("/proc/self/cgroup") === undefined ? undefined : Number.POSITIVE_INFINITY;
}

function quotaOf(text: string | undefined): number | undefined {
  const match = /^(max|\d+) (\d+)/.exec(text ?? "");
  if (match === null) return undefined;
  return match[1] === "max" ? Number.POSITIVE_INFINITY : Number(match[1]) / Number(match[2]);
}

function groupFolders(read: ReadText): string[] {
  const path = /^0::(\/.*)$/m.exec(read("/proc/self/cgroup") ?? "")?.[1];
  if (path === undefined) return [];
  const folders = ["/sys/fs/cgroup"];
  for (const part of path.split("/")) if (part !== "") folders.push(`${folders.at(-1)}/${part}`);
  return folders;
}

function periods(read: ReadText): { all: number; throttled: number } | undefined {
  for (const folder of groupFolders(read).reverse()) {
    const text = read(`${folder}/cpu.stat`) ?? "";
    const all = number(/^nr_periods (\d+)/m.exec(text)?.[1]);
    const throttled = number(/^nr_throttled (\d+)/m.exec(text)?.[1]);
    if (all !== undefined && throttled !== undefined) return { all, throttled };
  }
  return undefined;
}

function softLimit(limits: string | undefined): number | undefined {
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits ?? "")?.[1];
  return soft === "unlimited" ? Number.POSITIVE_INFINITY : number(soft);
}

function portCount(range: string | undefined): number | undefined {
  const match = /^(\d+)\s+(\d+)/.exec(range ?? "");
  return match === null ? undefined : Number(match[2]) - Number(match[1]) + 1;
}

function governors(read: ReadText, list: typeof listFolder): string[] | undefined {
  const folder = "/sys/devices/system/cpu";
  const entries = list(folder);
  if (entries === undefined) return undefined;
  const names = entries
    .filter((name) => /^cpu\d+$/.test(name))
    .map((name) => read(`${folder}/${name}/cpufreq/scaling_governor`)?.trim())
    .filter((name) => name !== undefined);
  return [...new Set(names)];
}

function number(text: string | undefined): number | undefined {
  const value = Number(text?.trim());
  return text === undefined || text.trim() === "" || !Number.isFinite(value) ? undefined : value;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function listFolder(path: string): string[] | undefined {
  try {
    return readdirSync(path);
  } catch {
    return undefined;
  }
}
