import { isSuspending, type Leftovers, type Vu } from "../model/vu.js";

type Callback = (...args: unknown[]) => unknown;

/**
 * What a VU has begun and not ended: timers, sockets, requests nobody waits for yet.
 *
 * In k6 an iteration lasts until its event loop is empty; this is the count that stands for it.
 */
export class PendingWork implements Leftovers {
  private open = 0;
  private failure: { readonly error: unknown } | undefined;
  private waiting: { resolve(): void; reject(error: unknown): void } | undefined;
  private readonly cancels = new Set<() => void>();

  /**
   * Registers one piece of work.
   *
   * @param cancel ends it early, when an exception ends the iteration
   * @returns a function that tells its end; a second call does nothing
   */
  begin(cancel?: () => void): () => void {
    this.open += 1;
    let running = true;
    if (cancel !== undefined) this.cancels.add(cancel);
    return () => {
      if (!running) return;
      running = false;
      if (cancel !== undefined) this.cancels.delete(cancel);
      this.open -= 1;
      this.settleWhenIdle();
    };
  }

  /** As in k6, an exception in a callback ends the iteration, and with it what else it has begun. */
  fail(error: unknown): void {
    this.failure ??= { error };
    this.cancelAll();
    this.settleWhenIdle();
  }

  /** Ends everything early: the iteration is over. */
  cancelAll(): void {
    for (const cancel of [...this.cancels]) cancel();
  }

  /** Forgets an iteration that ended with an exception of its own. */
  discard(): void {
    this.cancelAll();
    this.failure = undefined;
  }

  /**
   * Waits until nothing is left.
   *
   * @returns undefined where there is nothing to wait for, so that an iteration without such work pays nothing; else
   *   a promise that rejects with the first exception of a callback
   */
  idle(): Promise<void> | undefined {
    if (this.failure === undefined && this.open === 0) return undefined;
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.settleWhenIdle();
    });
  }

  private settleWhenIdle(): void {
    if (this.waiting === undefined || this.open > 0) return;
    // What just ended may have resolved a promise whose continuation begins something new.
    setImmediate(() => {
      if (this.waiting === undefined || this.open > 0) return;
      const { waiting, failure } = this;
      this.waiting = undefined;
      this.failure = undefined;
      if (failure === undefined) waiting.resolve();
      else waiting.reject(failure.error);
    });
  }
}

/**
 * Calls callbacks one at a time: one that blocks in k6 holds up the next.
 *
 * A function that the script itself made async gives way at its first `await`, as in k6.
 */
export class Turns {
  private readonly queue: (() => void)[] = [];
  private busy = false;

  /**
   * @param onError hears what a callback throws
   * @param onEnd hears that the callback, with whatever it awaits, is through
   */
  run(callback: Callback, args: readonly unknown[], onError: (error: unknown) => void, onEnd: () => void): void {
    const turn = (): void => {
      const blocks = isSuspending(callback);
      this.busy = blocks;
      const ended = (): void => {
        onEnd();
        if (blocks) this.next();
      };
      let result: unknown;
      try {
        result = callback(...args);
      } catch (error) {
        onError(error);
        ended();
        return;
      }
      if (result instanceof Promise) result.catch(onError).then(ended);
      else ended();
    };
    if (this.busy) this.queue.push(turn);
    else turn();
  }

  private next(): void {
    this.busy = false;
    while (!this.busy) {
      const turn = this.queue.shift();
      if (turn === undefined) return;
      turn();
    }
  }
}

const byVu = new WeakMap<Vu, { readonly work: PendingWork; readonly turns: Turns }>();

function of(vu: Vu): { readonly work: PendingWork; readonly turns: Turns } {
  let state = byVu.get(vu);
  if (state === undefined) {
    const work = new PendingWork();
    vu.onRetire(() => work.cancelAll());
    vu.leftovers = work;
    state = { work, turns: new Turns() };
    byVu.set(vu, state);
  }
  return state;
}

/** The pending work of a VU; the same object at each call. */
export function pendingOf(vu: Vu): PendingWork {
  return of(vu).work;
}

/** Calls a script's callback in its turn, as work of the iteration. */
export function runCallback(vu: Vu, callback: Callback, args: readonly unknown[]): void {
  const { work, turns } = of(vu);
  turns.run(callback, args, (error) => work.fail(error), work.begin());
}
