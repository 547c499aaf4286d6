import { readFileSync } from "node:fs";
import type { Clock } from "./clock.js";

/** An arrival handled later than this found no VU because we were late, not because the target was slow. */
const lateMs = 10;
/** Short enough for a stall of a tenth of a second. What the kernel says of a thread that runs is up to a tick old, 4 or 10 ms. */
const stretchMs = 50;
/** A thread that slept less than this of a stretch had its hands full. */
const leastAsleep = 0.2;
/** Of stretches that the end of a window cut off, or that no arrival ended, nothing is known. */
const judgedMs = { least: stretchMs / 2, most: stretchMs * 4 };

/**
 * Decides whose doing it was that an arrival found no free VU.
 *
 * VUs are busy until their responses have been read. Where the engine's thread had so much to do, or so little of a core,
 * that it hardly slept, responses may have lain unread for long, and the target cannot be blamed.
 */
export class DropBlame {
  private decided = 0;
  private undecided = 0;
  private fromMs = 0;
  private awakeFromMs: number | undefined;

  /** @param awakeMs time in which this thread ran or waited for a core, so far, milliseconds; undefined where unknown */
  constructor(
    private readonly clock: Clock,
    private readonly awakeMs: () => number | undefined = threadAwakeMs,
  ) {}

  /** Decides what is still open. @returns of all dropped so far, those that are not the target's doing */
  settle(): number {
    if (this.undecided > 0) this.decide(this.clock());
    return this.decided;
  }

  dropped(dueMs: number): void {
    const nowMs = this.clock();
    this.served();
    if (nowMs - dueMs > lateMs) {
      this.decided += 1;
      return;
    }
    if (this.undecided === 0) {
      this.fromMs = nowMs;
      this.awakeFromMs = this.awakeMs();
    }
    this.undecided += 1;
  }

  /** An arrival has found a VU: a stretch of time that began with one that did not ends once it is long enough. */
  served(): void {
    if (this.undecided === 0) return;
    const nowMs = this.clock();
    if (nowMs - this.fromMs >= stretchMs) this.decide(nowMs);
  }

  private decide(nowMs: number): void {
    const passedMs = nowMs - this.fromMs;
    const awakeMs = passedMs < judgedMs.least || passedMs > judgedMs.most ? undefined : this.awakeMs();
    if (awakeMs !== undefined && this.awakeFromMs !== undefined) {
      const asleep = 1 - (awakeMs - this.awakeFromMs) / passedMs;
      if (asleep < leastAsleep) this.decided += this.undecided;
    }
    this.undecided = 0;
  }
}

/** What the kernel counts of the calling thread; see `Documentation/scheduler/sched-stats.rst` of Linux. */
function threadAwakeMs(): number | undefined {
  try {
    const [ranNs, waitedNs] = readFileSync("/proc/thread-self/schedstat", "latin1").split(" ");
    const awakeMs = (Number(ranNs) + Number(waitedNs)) / 1e6;
    return awakeMs > 0 ? awakeMs : undefined;
  } catch {
    return undefined;
  }
}
