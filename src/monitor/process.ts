import { Problem } from "../model/problem.js";
import type { ResourceSample } from "../model/window.js";
import {
  countAllowedCores,
  countFds,
  hasEnded,
  type ProcessStat,
  type PssOutcome,
  readNewestPid,
  readPageSize,
  readPss,
  readPssAside,
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

/** As far as rounds of looks are apart. */
const roundMs = 1000;
// The kernel walks every page for a PSS: reads may take a 5,000th of the time in all, or, where that would be seldom, a 500th.
const pssShare = 5000;
const pssMostShare = 500;
const pssSeldomMs = 5000;
/** A walk over so much memory takes some two milliseconds: longer ones are left to a thread that nobody waits for. */
const pssAtOnceBytes = 256 * 2 ** 20;
/** A walk over an average process takes 0.8 to 1 ms; between two arrivals at 1,000 a second there is seldom more than this. */
const pssMs = 0.7;
const noPssEvent = "no permission for PSS";

/** What processes that are watched together share, so that looking at ten does not cost ten times as much at once. */
export class WatchGroup {
  /** What the last PSS of each took to read, milliseconds; 0 where it had none. */
  private readonly spentMs = new Map<object, number>();
  private newest: { readonly pid: number | undefined; readonly atMs: number } | undefined;
  private lastPssMs = Number.NEGATIVE_INFINITY;

  join(source: object): void {
    this.spentMs.set(source, 0);
  }

  /**
   * One PSS a round, and one for each in its first sample. Who asks and is granted waits as long as {@link pssWaitMs} says,
   * in which every other one has a round of its own.
   */
  grantsPss(source: object, nowMs: number): boolean {
    if (nowMs - this.lastPssMs < roundMs / 2 && this.spentMs.get(source) !== 0) return false;
    this.lastPssMs = nowMs;
    return true;
  }

  /** @param spentMs what the last PSS of this one took to read @returns how long it waits until the next */
  pssWaitMs(source: object, spentMs: number): number {
    this.spentMs.set(source, spentMs);
    const allMs = [...this.spentMs.values()].reduce((sum, ms) => sum + ms, 0);
    const usualMs = Math.min(allMs * pssShare, pssSeldomMs);
    return Math.max(usualMs, allMs * pssMostShare, roundMs * this.spentMs.size);
  }

  /** The newest pid, as the first of a round of looks saw it: who was born since is seen in the next round. */
  newestPid(nowMs: number): number | undefined {
    if (this.newest === undefined || nowMs - this.newest.atMs >= roundMs / 2) {
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
  group.join(tree);
  let pss = { allowed: true, nextMs: Number.NEGATIVE_INFINITY };

  const readPssOf = async (members: readonly ProcessStat[]): Promise<{ pssBytes?: number; event?: string }> => {
    // Half a round early: looks come some milliseconds early or late, and a whole round would be lost.
    if (!pss.allowed || now() < pss.nextMs - roundMs / 2 || !group.grantsPss(tree, now())) return {};
    const startMs = now();
    let spentMs = 0;
    const outcomes: PssOutcome[] = [];
    for (const { pid, rssPages } of members) {
      const isLong = rssPages * pageBytes > pssAtOnceBytes;
      if (!isLong) stepAside(pssMs);
      const beganMs = now();
      outcomes.push(isLong ? await readPssAside(pid) : readPss(pid));
      spentMs += now() - beganMs;
    }
    pss = { ...pss, nextMs: startMs + group.pssWaitMs(tree, spentMs) };
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
      const { pssBytes, event } = await readPssOf(members);
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
