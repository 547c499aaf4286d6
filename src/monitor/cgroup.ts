import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../model/problem.js";
import type { ResourceSample } from "../model/window.js";
import { CounterRate, joinEvents, Presence } from "./rates.js";
import type { Source } from "./source.js";

export interface CgroupOptions {
  readonly name: string;
  /** A folder below /sys/fs/cgroup, or the path as /proc/PID/cgroup gives it. */
  readonly path: string;
  /** Where cgroup file systems are mounted; for tests. */
  readonly mount?: string;
  readonly now?: () => number;
}

/** What both versions of the kernel's interface tell. */
interface CgroupFigures {
  readonly usageBytes: number;
  readonly inactiveFileBytes: number;
  readonly anonBytes: number | undefined;
  readonly limitBytes: number | undefined;
  readonly oomKills: number | undefined;
  readonly cpuUs: number | undefined;
  readonly throttledUs: number | undefined;
  readonly quotaCores: number | undefined;
  readonly tasks: number | undefined;
  readonly processes: number | undefined;
}

// cgroup v1 says "no limit" as the highest multiple of the page size.
const noLimit = 2 ** 62;

/**
 * Watches a control group, version 1 or 2.
 *
 * Memory is what `docker stats` and `kubectl top` show: usage less the file cache that the kernel may drop at once. Usage
 * itself and anonymous memory are kept as `metrics`. OOM kills are events.
 *
 * @throws {Problem} `monitor.no-such-cgroup`, `monitor.cgroup-unreadable`
 */
export function watchCgroup({
  name,
  path,
  mount = "/sys/fs/cgroup",
  now = () => performance.now(),
}: CgroupOptions): Source {
  const read = readerOf(path, mount);
  if (read === undefined) {
    throw new Problem("monitor.no-such-cgroup", `There is no control group ${path} with a memory controller.`, {
      at: name,
      found: path,
      expected: `a folder below ${mount} with memory.current (version 2) or memory.usage_in_bytes (version 1)`,
      hint: "A process's own is in /proc/PID/cgroup; systemctl show -p ControlGroup UNIT names a service's.",
    });
  }
  try {
    read.sync();
  } catch (error) {
    throw new Problem("monitor.cgroup-unreadable", `The control group ${path} cannot be read.`, {
      at: name,
      found: (error as NodeJS.ErrnoException).code ?? String(error),
      hint: "Run as a user that may read it.",
      cause: error,
    });
  }
  const cpu = new CounterRate();
  const throttled = new CounterRate();
  const oom = new CounterRate();
  const presence = new Presence();
  return {
    name,
    async sample(atMs): Promise<ResourceSample> {
      const atNowMs = now();
      let figures: CgroupFigures;
      try {
        figures = await read.figures();
      } catch (error) {
        for (const counter of [cpu, throttled, oom]) counter.forget();
        const code = (error as NodeJS.ErrnoException).code;
        return {
          atMs,
          source: name,
          ...joinEvents(
            presence.change(code === "ENOENT" || code === "ENODEV" ? "the control group was removed" : `${code}`),
          ),
        };
      }
      const used = figures.cpuUs === undefined ? undefined : cpu.add(figures.cpuUs, atNowMs);
      const held = figures.throttledUs === undefined ? undefined : throttled.add(figures.throttledUs, atNowMs);
      const killed = figures.oomKills === undefined ? undefined : oom.add(figures.oomKills, atNowMs);
      const back = presence.change(undefined);
      return {
        atMs,
        source: name,
        rssBytes: Math.max(0, figures.usageBytes - figures.inactiveFileBytes),
        ...(used === undefined ? {} : { cpuCores: used.perMs / 1000 }),
        ...(held === undefined ? {} : { throttledRatio: Math.min(1, held.perMs / 1000) }),
        ...(figures.tasks === undefined ? {} : { threads: figures.tasks }),
        ...(figures.processes === undefined ? {} : { processes: figures.processes }),
        ...(figures.quotaCores === undefined ? {} : { limitCores: figures.quotaCores }),
        ...(figures.limitBytes === undefined ? {} : { limitBytes: figures.limitBytes }),
        metrics: {
          usageBytes: figures.usageBytes,
          ...(figures.anonBytes === undefined ? {} : { anonBytes: figures.anonBytes }),
        },
        ...joinEvents(
          // A group that comes back under its name is a new one.
          back === undefined ? undefined : "restarted",
          killed !== undefined && killed.grown > 0 ? `${killed.grown} killed for want of memory` : undefined,
        ),
      };
    },
    close() {},
  };
}

interface Reader {
  figures(): Promise<CgroupFigures>;
  /** Throws where the memory figure cannot be read. */
  sync(): void;
}

function readerOf(path: string, mount: string): Reader | undefined {
  const inside = path.startsWith(mount) ? path.slice(mount.length) : path;
  const unified = join(mount, inside);
  if (existsSync(join(unified, "memory.current"))) return version2(unified);
  const memory = existsSync(join(unified, "memory.usage_in_bytes")) ? unified : join(mount, "memory", inside);
  if (!existsSync(join(memory, "memory.usage_in_bytes"))) return undefined;
  // Under version 1 every controller has a tree of its own; a path into one of them names the same group in all.
  const relative = inside.replace(/^\/?(memory|cpu|cpuacct|cpu,cpuacct)\//, "/");
  // Accounting and quota share a tree on most machines, and have one each on others.
  const having = (file: string, ...trees: readonly string[]): string | undefined =>
    trees.map((tree) => join(mount, tree, relative)).find((folder) => existsSync(join(folder, file)));
  return version1({
    memory,
    used: having("cpuacct.usage", "cpu,cpuacct", "cpuacct"),
    quota: having("cpu.stat", "cpu,cpuacct", "cpu"),
  });
}

function version2(folder: string): Reader {
  const at = (file: string): string => join(folder, file);
  return {
    sync: () => void readFileSync(at("memory.current")),
    async figures() {
      const [usage, stat, max, events, cpu, quota, tasks, processes] = await Promise.all([
        readFile(at("memory.current"), "latin1"),
        optional(at("memory.stat")),
        optional(at("memory.max")),
        optional(at("memory.events")),
        optional(at("cpu.stat")),
        optional(at("cpu.max")),
        optional(at("pids.current")),
        optional(at("cgroup.procs")),
      ]);
      return {
        usageBytes: Number(usage),
        inactiveFileBytes: entry(stat, "inactive_file") ?? 0,
        anonBytes: entry(stat, "anon"),
        limitBytes: limitOf(max),
        oomKills: entry(events, "oom_kill"),
        cpuUs: entry(cpu, "usage_usec"),
        throttledUs: entry(cpu, "throttled_usec"),
        quotaCores: quotaOf(...((quota?.trim().split(" ") ?? []) as [string?, string?])),
        tasks: numberOf(tasks),
        processes: linesOf(processes),
      };
    },
  };
}

/** Folders of one group in the trees of its controllers; those that are off are absent. */
interface Trees {
  readonly memory: string;
  readonly used: string | undefined;
  readonly quota: string | undefined;
}

function version1(trees: Trees): Reader {
  const { memory } = trees;
  return {
    sync: () => void readFileSync(join(memory, "memory.usage_in_bytes")),
    async figures() {
      const [usage, stat, limit, oom, used, cpuStat, quota, period, tasks, processes] = await Promise.all([
        readFile(join(memory, "memory.usage_in_bytes"), "latin1"),
        optional(join(memory, "memory.stat")),
        optional(join(memory, "memory.limit_in_bytes")),
        optional(join(memory, "memory.oom_control")),
        inside(trees.used, "cpuacct.usage"),
        inside(trees.quota, "cpu.stat"),
        inside(trees.quota, "cpu.cfs_quota_us"),
        inside(trees.quota, "cpu.cfs_period_us"),
        optional(join(memory, "tasks")),
        optional(join(memory, "cgroup.procs")),
      ]);
      const usedNs = numberOf(used);
      const throttledNs = entry(cpuStat, "throttled_time");
      return {
        usageBytes: Number(usage),
        inactiveFileBytes: entry(stat, "total_inactive_file") ?? 0,
        anonBytes: entry(stat, "total_rss"),
        limitBytes: limitOf(limit),
        oomKills: entry(oom, "oom_kill"),
        cpuUs: usedNs === undefined ? undefined : usedNs / 1000,
        throttledUs: throttledNs === undefined ? undefined : throttledNs / 1000,
        quotaCores: quotaOf(quota, period),
        tasks: linesOf(tasks),
        processes: linesOf(processes),
      };
    },
  };
}

/** Controllers can be off: what they would tell is then absent. */
async function optional(path: string): Promise<string | undefined> {
  return readFile(path, "latin1").catch(() => undefined);
}

async function inside(folder: string | undefined, file: string): Promise<string | undefined> {
  return folder === undefined ? undefined : optional(join(folder, file));
}

/** Cores that so much in each period makes; "max" and -1 are no limit. */
function quotaOf(quota: string | undefined, period: string | undefined): number | undefined {
  const [granted, each] = [numberOf(quota), numberOf(period)];
  return granted === undefined || each === undefined || granted <= 0 || each <= 0 ? undefined : granted / each;
}

function entry(text: string | undefined, key: string): number | undefined {
  const line = text?.split("\n").find((one) => one.startsWith(`${key} `));
  return line === undefined ? undefined : numberOf(line.slice(key.length + 1));
}

function numberOf(text: string | undefined): number | undefined {
  const value = Number(text?.trim() || Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}

function limitOf(text: string | undefined): number | undefined {
  const limit = numberOf(text);
  return limit === undefined || limit > noLimit ? undefined : limit;
}

function linesOf(text: string | undefined): number | undefined {
  return text?.split("\n").filter((line) => line !== "").length;
}
