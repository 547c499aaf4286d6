/**
 * Turns a counter into what it grew since the last look.
 *
 * A counter that falls was reset: its owner was restarted, and what it shows now is all that it has done since.
 */
export class CounterRate {
  private last: { value: number; atMs: number } | undefined;

  /** @returns undefined at the first look, and after {@link forget} */
  add(
    value: number,
    atMs: number,
  ): { readonly perMs: number; readonly grown: number; readonly reset: boolean } | undefined {
    const before = this.last;
    this.last = { value, atMs };
    if (before === undefined || atMs <= before.atMs) return undefined;
    const reset = value < before.value;
    const grown = reset ? value : value - before.value;
    return { perMs: grown / (atMs - before.atMs), grown, reset };
  }

  /** The source was away: what it did meanwhile belongs to no window. */
  forget(): void {
    this.last = undefined;
  }
}

/** Tells once that a source went away, and once that it is back. */
export class Presence {
  private present = true;

  /** @param reason why it cannot be read, in words; undefined where it can */
  change(reason: string | undefined): string | undefined {
    if (reason === undefined) {
      if (this.present) return undefined;
      this.present = true;
      return "back";
    }
    if (!this.present) return undefined;
    this.present = false;
    return `unavailable: ${reason}`;
  }
}

/** Several things that happened in one look, as one event. */
export function joinEvents(...events: readonly (string | undefined)[]): { event?: string } {
  const told = events.filter((event) => event !== undefined);
  return told.length === 0 ? {} : { event: told.join("; ") };
}
