import { readFile } from "node:fs/promises";
import { Problem } from "../model/problem.js";
import type { ResourceSample } from "../model/window.js";
import { countAllowedCores, countFds, hasEnded, type ProcessStat, parsePss, readPageSize, readStat } from "./procfs.js";
import type { Source } from "./source.js";
import { ProcessTree } from "./tree.js";

export interface WatchOptions {
  readonly name: string;
  readonly pid: number;
  /** Milliseconds on a clock that never jumps; for tests. */
  readonly now?: () => number;
}

// The kernel walks every mapping for a PSS: a read may take a 5,000th of the time, at most every ten seconds.
const pssShare = 5000;
const pssSlowestMs = 10_000;
const noPssEvent = "no permission for PSS";

/**
 * Watches a process and its children through /proc.
 *
 * RSS is the sum over the processes, so memory that they share counts in each; PSS shares it out, is absent from some
 * samples because it is costly to read, and from all where the kernel does not let us.
 *
 * @throws {Problem} `monitor.needs-proc` without a /proc, `monitor.no-such-process`
 */
export function watchProcess({ name, pid, now = () => performance.now() }: WatchOptions): Source {
  if (readStat(process.pid) === undefined) {
    throw new Problem("monitor.needs-proc", "Watching a process needs Linux's /proc.", {
      at: name,
      found: process.platform,
      hint: "Run Loadline on the target's Linux machine, or leave --pid and --command out.",
    });
  }
  const root = readStat(pid);
  if (root === undefined || hasEnded(root)) {
    throw new Problem("monitor.no-such-process", `There is no process ${pid} to watch.`, {
      at: name,
      found: pid,
      expected: "the pid of a running process",
      hint: "Look it up with ps or pgrep; it may have ended or been restarted.",
    });
  }

  const tree = new ProcessTree(root);
  const pageBytes = readPageSize();
  const limitCores = countAllowedCores(pid);
  tree.refresh();
  let lastMs: number | undefined;
  let goneTold = false;
  let pss = { allowed: true, nextMs: Number.NEGATIVE_INFINITY };

  const readPss = async (members: readonly ProcessStat[]): Promise<{ pssBytes?: number; event?: string }> => {
    if (!pss.allowed || now() < pss.nextMs || members.length === 0) return {};
    const startMs = now();
    const outcomes = await Promise.all(members.map((member) => pssOf(member.pid)));
    const spentMs = now() - startMs;
    pss = { ...pss, nextMs: startMs + Math.min(spentMs * pssShare, pssSlowestMs) };
    if (outcomes.includes("forbidden")) {
      pss = { ...pss, allowed: false };
      return { event: noPssEvent };
    }
    const bytes = outcomes.filter((outcome) => typeof outcome === "number");
    return bytes.length === 0 ? {} : { pssBytes: bytes.reduce((sum, part) => sum + part, 0) };
  };

  return {
    name,
    async sample(atMs): Promise<ResourceSample> {
      const atNowMs = now();
      const usedS = tree.refresh();
      const passedS = lastMs === undefined ? 0 : (atNowMs - lastMs) / 1000;
      lastMs = atNowMs;
      const members = tree.living;
      const goneEvent = tree.rootLives || goneTold ? undefined : "gone";
      goneTold = !tree.rootLives;
      const cpu = passedS > 0 && (members.length > 0 || usedS > 0) ? { cpuCores: usedS / passedS } : {};
      if (members.length === 0) return { atMs, source: name, processes: 0, ...cpu, ...eventOf(goneEvent) };

      const fds = members.map((member) => countFds(member.pid));
      const rssBytes = members.reduce((sum, member) => sum + member.rssPages, 0) * pageBytes;
      const { pssBytes, event } = await readPss(members);
      return {
        atMs,
        source: name,
        rssBytes,
        ...(pssBytes === undefined ? {} : { pssBytes }),
        ...cpu,
        ...(limitCores === undefined ? {} : { limitCores }),
        ...(fds.includes(undefined) ? {} : { fds: fds.reduce<number>((sum, count) => sum + (count ?? 0), 0) }),
        threads: members.reduce((sum, member) => sum + member.threads, 0),
        processes: members.length,
        ...eventOf(goneEvent ?? event),
      };
    },
    close() {},
  };
}

/** A process that ends while we look has no PSS any more, which is no reason to give up on the others. */
async function pssOf(pid: number): Promise<number | "forbidden" | "ended"> {
  try {
    return parsePss(await readFile(`/proc/${pid}/smaps_rollup`, "latin1")) ?? "ended";
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === "EACCES" || code === "EPERM" ? "forbidden" : "ended";
  }
}

function eventOf(event: string | undefined): { event?: string } {
  return event === undefined ? {} : { event };
}
