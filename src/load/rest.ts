import type { Clock } from "./clock.js";
import { engineCells, type PacerLink } from "./pacer.js";
import { longestRestMs, type RestSign, showRest } from "./rest-sign.js";
import { Sleeper } from "./sleeper.js";

/** So many iterations in a row were over before the next arrival, which was near enough. */
const leastStreak = 20;
/** Of a rest, at most, is spun. */
const spinShare = 0.1;

/** A scenario with due times, as far as a rest must know it. */
export interface RestingRun {
  readonly nextDueMs: number;
  /** Arrivals so far. */
  readonly taken: number;
  /** Takes what is due. */
  arriveBy(nowMs: number): void;
}

/**
 * Lets an engine that has nothing to do sleep until the next arrival by itself.
 *
 * Where the target answers before the next arrival is due, nothing can happen until then. To sleep in `Atomics.wait` spares
 * the pacer's message and the switch of threads: an arrival comes some 30 µs earlier, for about the same CPU. The pacer
 * leaves the engine some time before it wakes it all the same; that is why this is done only where it has worked out for a while.
 */
export class Rest {
  private readonly sleeper: Sleeper;
  private pending = false;
  private streak = 0;
  private takenBefore = 0;

  /**
   * @param isIdle whether no iteration is running in any scenario
   * @param sign tells other threads of each rest
   * @param onSlept hears how long each rest took, in milliseconds
   */
  constructor(
    private readonly clock: Clock,
    private readonly link: PacerLink,
    private readonly runs: readonly RestingRun[],
    private readonly isIdle: () => boolean,
    private readonly sign: RestSign | undefined,
    private readonly onSlept: (ms: number) => void,
  ) {
    this.sleeper = new Sleeper(clock, link.cells, engineCells.woken, spinShare);
  }

  /** An iteration has ended. What else the event loop has at hand comes first. */
  offer(): void {
    if (this.pending || !this.isIdle()) return;
    this.pending = true;
    setImmediate(this.rest);
  }

  private readonly rest = (): void => {
    this.pending = false;
    if (!this.isIdle()) return;
    let nextDueMs = Number.POSITIVE_INFINITY;
    let taken = 0;
    for (const run of this.runs) {
      nextDueMs = Math.min(nextDueMs, run.nextDueMs);
      taken += run.taken;
    }
    const from = this.clock();
    // One gap that is too long ends it: the pacer would not learn in time that it has to wake the engine for that one.
    const isInTime = taken - this.takenBefore <= 1 && nextDueMs - from <= longestRestMs;
    this.streak = isInTime ? this.streak + 1 : 0;
    this.takenBefore = taken;
    if (this.streak < leastStreak) this.wakeByPacer();
    else {
      Atomics.store(this.link.cells, engineCells.resting, 1);
      if (this.sign !== undefined) showRest(this.sign, nextDueMs);
      const isOver = this.sleeper.until(nextDueMs);
      this.onSlept(this.clock() - from);
      // A connection may have been closed meanwhile: sockets are looked at before one is written to.
      if (isOver) setImmediate(this.take);
      else this.wakeByPacer();
    }
  };

  private readonly take = (): void => {
    const now = this.clock();
    for (const run of this.runs) run.arriveBy(now);
  };

  private wakeByPacer(): void {
    Atomics.store(this.link.cells, engineCells.resting, 0);
  }
}
