import { Problem } from "../model/problem.js";
import type { ResourceSample } from "../model/window.js";
import {
  countAllowedCores,
  countFds,
  hasEnded,
  type ProcessStat,
  readNewestPid,
  readPageSize,
  readPss,
  readStat,
} from "./procfs.js";
import type { Source } from "./source.js";
import { stepAside } from "./step-aside.js";
import { ProcessTree } from "./tree.js";

export interface WatchOptions {
  readonly name: string;
  readonly pid: number;
  /** Those that are watched beside it. */
  readonly group?: WatchGroup;
  /** Milliseconds on a clock that never jumps; for tests. */
  readonly now?: () => number;
}

// The kernel walks every page for a PSS: reads may take a 5,000th of the time in all, or, where that would leave a process
// without one for more than twenty seconds, a 500th for each.
const pssShare = 5000;
const pssMostShare = 500;
const pssRareMs = 20_000;
/** As far as samples are apart. */
const turnMs = 1000;
const noPssEvent = "no permission for PSS";

/** What processes that are watched together share, so that looking at ten does not cost ten times as much at once. */
export class WatchGroup {
  private sources = 0;
  private newest: { readonly pid: number | undefined; readonly atMs: number } | undefined;

  /** @returns which one this is, from 0 */
  join(): number {
    this.sources += 1;
    return this.sources - 1;
  }

  /** @param spentMs what the last PSS of one of them took to read @returns how long that one waits until the next */
  pssWaitMs(spentMs: number): number {
    return Math.min(spentMs * pssShare * this.sources, Math.max(pssRareMs, spentMs * pssMostShare));
  }

  /** The newest pid, as the first of a round of looks saw it: who was born since is seen in the next round. */
  newestPid(nowMs: number): number | undefined {
    if (this.newest === undefined || nowMs - this.newest.atMs >= turnMs / 2) {
      this.newest = { pid: readNewestPid(), atMs: nowMs };
    }
    return this.newest.pid;
  }
}

/**
 * Watches a process and its children through /proc.
 *
 * RSS is the sum over the processes, so memory that they share counts in each; PSS shares it out, is absent from some
 * samples because it is costly to read, and from all where the kernel does not let us.
 *
 * @throws {Problem} `monitor.needs-proc` without a /proc, `monitor.no-such-process`
 */
export function watchProcess({
  name,
  pid,
  group = new WatchGroup(),
  now = () => performance.now(),
}: WatchOptions): Source {
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
  tree.refresh(undefined);
  let lastMs: number | undefined;
  let goneTold = false;
  // All have a PSS in their first sample; from then on each has its own second.
  let pss = { allowed: true, nextMs: Number.NEGATIVE_INFINITY, aheadMs: (group.join() * turnMs) % pssRareMs };

  const readPssOf = (members: readonly ProcessStat[]): { pssBytes?: number; event?: string } => {
    if (!pss.allowed || now() < pss.nextMs) return {};
    const startMs = now();
    let spentMs = 0;
    const outcomes = members.map((member) => {
      stepAside();
      const beganMs = now();
      const outcome = readPss(member.pid);
      spentMs += now() - beganMs;
      return outcome;
    });
    const waitMs = group.pssWaitMs(spentMs);
    pss = { ...pss, nextMs: startMs + waitMs + pss.aheadMs, aheadMs: 0 };
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
      const usedS = tree.refresh(group.newestPid(atNowMs));
      const passedS = lastMs === undefined ? 0 : (atNowMs - lastMs) / 1000;
      lastMs = atNowMs;
      const members = tree.living;
      const goneEvent = tree.rootLives || goneTold ? undefined : "gone";
      goneTold = !tree.rootLives;
      const cpu = passedS > 0 && (members.length > 0 || usedS > 0) ? { cpuCores: usedS / passedS } : {};
      if (members.length === 0) return { atMs, source: name, processes: 0, ...cpu, ...eventOf(goneEvent) };

      const fds = members.map((member) => countFds(member.pid));
      const rssBytes = members.reduce((sum, member) => sum + member.rssPages, 0) * pageBytes;
      const { pssBytes, event } = readPssOf(members);
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

function eventOf(event: string | undefined): { event?: string } {
  return event === undefined ? {} : { event };
}
