/** A bucket of one second's worth of permits, refilled evenly: a steady rate at the limit always passes. */
export class RateLimit {
  #permits: number;
  #filledMs = Number.NaN;

  constructor(readonly perSecond: number) {
    this.#permits = Math.max(1, perSecond);
  }

  take(nowMs: number): boolean {
    const passedMs = Number.isNaN(this.#filledMs) ? 0 : nowMs - this.#filledMs;
    this.#permits = Math.min(Math.max(1, this.perSecond), this.#permits + (passedMs / 1000) * this.perSecond);
    this.#filledMs = nowMs;
    if (this.#permits < 1) return false;
    this.#permits -= 1;
    return true;
  }
}
