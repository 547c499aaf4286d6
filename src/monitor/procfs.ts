import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** What `/proc/<pid>/stat` says of one process; see proc_pid_stat(5). */
export interface ProcessStat {
  readonly pid: number;
  /** "R", "S", "Z" (ended, not yet collected by its parent), … */
  readonly state: string;
  readonly parentPid: number;
  readonly groupId: number;
  /** CPU time of its own, seconds. */
  readonly ownCpuS: number;
  /** CPU time of children that ended and were waited for, and of theirs, seconds. */
  readonly endedChildrenCpuS: number;
  readonly threads: number;
  /** Clock ticks since boot: with the pid, the identity of a process. */
  readonly startTicks: number;
  readonly rssPages: number;
}

// USER_HZ, the unit of times in /proc: 100 on every architecture that Node.js supports.
const ticksPerSecond = 100;
const buffer = Buffer.allocUnsafe(64 * 1024);

/** Parses a line of `/proc/<pid>/stat`. The command's name may hold spaces and brackets: fields count from the last ")". */
export function parseStat(text: string): ProcessStat | undefined {
  const named = text.lastIndexOf(")");
  if (named < 0) return undefined;
  const fields = text.slice(named + 2).split(" ");
  // Field n of the manual is fields[n - 3].
  const at = (n: number) => Number(fields[n - 3]);
  return {
    pid: Number.parseInt(text, 10),
    state: fields[0]!,
    parentPid: at(4),
    groupId: at(5),
    ownCpuS: (at(14) + at(15)) / ticksPerSecond,
    endedChildrenCpuS: (at(16) + at(17)) / ticksPerSecond,
    threads: at(20),
    startTicks: at(22),
    rssPages: at(24),
  };
}

/** @returns undefined when there is no such process */
export function readStat(pid: number): ProcessStat | undefined {
  const text = readShort(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStat(text);
}

/** @returns the pids whose parent is `pid`, from every thread's list; undefined where the kernel keeps no such lists */
export function readChildren(pid: number): readonly number[] | undefined {
  const children: number[] = [];
  for (const thread of listNumbers(`/proc/${pid}/task`)) {
    const text = readShort(`/proc/${pid}/task/${thread}/children`);
    if (text === undefined) {
      // The thread may have ended just now; if not, the kernel has no such file.
      if (exists(`/proc/${pid}/task/${thread}`)) return undefined;
      continue;
    }
    for (const word of text.split(" ")) if (word !== "") children.push(Number(word));
  }
  return children;
}

/** Every process of the machine: a walk over the whole of /proc, the costly way. */
export function readAllStats(): readonly ProcessStat[] {
  return listNumbers("/proc").flatMap((pid) => readStat(pid) ?? []);
}

/**
 * The last pid that was given out, to a process or a thread of this pid namespace or of one inside it; see proc_loadavg(5).
 *
 * @returns undefined where there is none: a sandbox that makes the file up may write 0
 */
export function readNewestPid(): number | undefined {
  const newest = Number(readShort("/proc/loadavg")?.split(" ")[4]);
  return newest > 0 ? newest : undefined;
}

/** Ended, but not yet waited for by its parent: what it used is still its own, its memory is gone. */
export function hasEnded(stat: ProcessStat): boolean {
  return stat.state === "Z" || stat.state === "X";
}

/** Open file descriptors, or undefined without permission. */
export function countFds(pid: number): number | undefined {
  try {
    // Linux 6.2 and later give the number as the folder's size, which is far cheaper than listing it.
    return statSync(`/proc/${pid}/fd`).size || readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return undefined;
  }
}

/** On how many processors a process may run; undefined where the kernel does not say. */
export function countAllowedCores(pid: number): number | undefined {
  const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(readShort(`/proc/${pid}/status`) ?? "")?.[1];
  if (list === undefined) return undefined;
  const ranges = list.split(",").map((range) => range.split("-").map(Number));
  return ranges.reduce((sum, [first, last = first]) => sum + last! - first! + 1, 0);
}

/** Bytes of a "Pss:" line of smaps_rollup. */
export function parsePss(text: string): number | undefined {
  const match = /^Pss:\s+(\d+) kB$/m.exec(text);
  return match === null ? undefined : Number(match[1]) * 1024;
}

/** Bytes, or why there are none; a process that is gone is no reason to give up on others. */
export type PssOutcome = number | "forbidden" | "ended";

/** The proportional set size, read at once: fast where the process is small. */
export function readPss(pid: number): PssOutcome {
  try {
    return parsePss(readSmall(rollup(pid))) ?? "ended";
  } catch (error) {
    return whyNoPss(error);
  }
}

/** As {@link readPss}, in a thread of its own. */
export async function readPssAside(pid: number): Promise<PssOutcome> {
  try {
    return parsePss(await readFile(rollup(pid), "latin1")) ?? "ended";
  } catch (error) {
    return whyNoPss(error);
  }
}

const rollup = (pid: number): string => `/proc/${pid}/smaps_rollup`;

function whyNoPss(error: unknown): "forbidden" | "ended" {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EACCES" || code === "EPERM" ? "forbidden" : "ended";
}

/** The machine's page size in bytes, from the auxiliary vector that the kernel gives each process. */
export function readPageSize(): number {
  const auxv = readFileSync("/proc/self/auxv");
  const pageSizeEntry = 6n; // AT_PAGESZ
  for (let at = 0; at + 16 <= auxv.length; at += 16) {
    if (auxv.readBigUInt64LE(at) === pageSizeEntry) return Number(auxv.readBigUInt64LE(at + 8));
  }
  return 4096;
}

/** @returns undefined where {@link readSmall} throws */
function readShort(path: string): string | undefined {
  try {
    return readSmall(path);
  } catch {
    return undefined;
  }
}

/** One read into a buffer that is kept: half the cost of readFileSync for such small files. */
function readSmall(path: string): string {
  const fd = openSync(path, "r");
  try {
    return buffer.toString("latin1", 0, readSync(fd, buffer, 0, buffer.length, 0));
  } finally {
    closeSync(fd);
  }
}

function listNumbers(folder: string): readonly number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
