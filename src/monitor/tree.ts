import { hasEnded, type ProcessStat, readAllStats, readChildren, readStat } from "./procfs.js";

/** Looks for children at least so often, whatever the kernel says of its newest process. */
const looksWithoutChildren = 9;

/**
 * A process and everything that it started, as last seen.
 *
 * A member stays one when its parent ends and it is handed to init: a daemon that forks itself away is still the target.
 */
export class ProcessTree {
  #members = new Map<number, ProcessStat>();
  #newestPid: number | undefined;
  /** Whether the newest pid has told of every child so far. */
  #isTrusted = true;
  #looksLeft = 0;

  /** @param root the first member, already seen */
  constructor(readonly root: ProcessStat) {
    this.#members.set(root.pid, root);
  }

  /** Members that run; the others have ended and wait to be collected by their parents. */
  get living(): readonly ProcessStat[] {
    return [...this.#members.values()].filter((member) => !hasEnded(member));
  }

  /** Whether the first process itself still runs. */
  get rootLives(): boolean {
    const root = this.#members.get(this.root.pid);
    return root !== undefined && !hasEnded(root);
  }

  /**
   * Looks again.
   *
   * @param newestPid the last pid that was given out, read before this look. Where it is the one of the last look, nobody
   * has a child that it did not have, and the walk to the children, most of a look, is left out
   * @returns CPU seconds used by the tree since the last look, ended processes included
   */
  refresh(newestPid: number | undefined): number {
    const before = this.#members;
    const now = new Map<number, ProcessStat>();
    const queue: number[] = [];
    for (const old of before.values()) {
      const stat = readStat(old.pid);
      // The same number with another start is another process.
      if (stat === undefined || stat.startTicks !== old.startTicks) continue;
      now.set(stat.pid, stat);
      queue.push(stat.pid);
    }
    let all: readonly ProcessStat[] | undefined;
    const isUnchanged = newestPid !== undefined && newestPid === this.#newestPid;
    this.#newestPid = newestPid;
    if (isUnchanged && this.#isTrusted && this.#looksLeft > 0) {
      this.#looksLeft -= 1;
      queue.length = 0;
    } else {
      this.#looksLeft = looksWithoutChildren;
    }
    for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
      let children = readChildren(pid);
      if (children === undefined) {
        all ??= readAllStats();
        children = all.filter((other) => other.parentPid === pid).map((other) => other.pid);
      }
      for (const child of children) {
        if (now.has(child)) continue;
        const stat = readStat(child);
        if (stat === undefined) continue;
        now.set(child, stat);
        queue.push(child);
        // Born without a new pid: what says so is made up, as some sandboxes' /proc is.
        if (isUnchanged) this.#isTrusted = false;
      }
    }
    this.#members = now;
    return cpuBetween(before, now);
  }
}

/**
 * CPU seconds that a tree used between two looks.
 *
 * What a process used moves into its parent's "ended children" once the parent has waited for it; whatever of that was
 * already counted while it lived is taken off. A child that nobody waits for loses only what it used after the last look.
 */
export function cpuBetween(before: ReadonlyMap<number, ProcessStat>, now: ReadonlyMap<number, ProcessStat>): number {
  let usedS = 0;
  // By surviving process: what its ended descendants are known to have used when they were last seen.
  const counted = new Map<number, number>();
  for (const old of before.values()) {
    if (isSame(old, now.get(old.pid))) continue;
    let heir = before.get(old.parentPid);
    while (heir !== undefined && !isSame(heir, now.get(heir.pid))) heir = before.get(heir.parentPid);
    if (heir === undefined) continue;
    counted.set(heir.pid, (counted.get(heir.pid) ?? 0) + old.ownCpuS + old.endedChildrenCpuS);
  }
  for (const stat of now.values()) {
    const old = before.get(stat.pid);
    if (!isSame(stat, old)) {
      usedS += stat.ownCpuS + stat.endedChildrenCpuS;
    } else {
      const inherited = stat.endedChildrenCpuS - old!.endedChildrenCpuS - (counted.get(stat.pid) ?? 0);
      usedS += stat.ownCpuS - old!.ownCpuS + Math.max(0, inherited);
    }
  }
  return usedS;
}

function isSame(a: ProcessStat, b: ProcessStat | undefined): boolean {
  return b !== undefined && a.pid === b.pid && a.startTicks === b.startTicks;
}
