import type { Clock } from "./clock.js";
import { sharpenTimers } from "./timer-slack.js";

const mostLagMs = 0.08;
const lagStepMs = 0.0005;
/** A bound on one sleep, so that arithmetic on far-off times cannot matter. */
const longestSleepMs = 1000;

/**
 * Sleeps in `Atomics.wait`, which has a grain of some 20 µs where the event loop's timers have 1 ms.
 *
 * A sleep ends late; by how much is learnt, as the median of what was seen. Sleeps end earlier by as much, and the rest, if
 * any, is spun. At most, because what is longer was not the timer but a core that had other work.
 */
export class Sleeper {
  private lagMs = sharpenTimers() ? 0.02 : 0.06;

  /**
   * @param cell of `cells` is 0 as long as this is to sleep on
   * @param spinShare of the time to sleep, at most, is spun
   */
  constructor(
    private readonly now: Clock,
    private readonly cells: Int32Array,
    private readonly cell: number,
    private readonly spinShare: number,
  ) {}

  /** Sleeps by the monotonic clock. @returns false where it was woken */
  until(atMs: number): boolean {
    let lead = -1;
    for (;;) {
      if (Atomics.load(this.cells, this.cell) !== 0) return false;
      const time = this.now();
      const left = atMs - time;
      if (left <= 0) return true;
      if (lead < 0) lead = Math.min(this.lagMs, left * this.spinShare);
      if (left <= lead) continue;
      const sleepMs = Math.min(left - lead, longestSleepMs);
      Atomics.wait(this.cells, this.cell, 0, sleepMs);
      const lagMs = this.now() - time - sleepMs;
      this.lagMs = Math.min(mostLagMs, Math.max(0, this.lagMs + (lagMs > this.lagMs ? lagStepMs : -lagStepMs)));
    }
  }
}
