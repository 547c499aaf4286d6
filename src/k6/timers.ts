import type { Vu } from "../model/vu.js";
import { asModule } from "./as-module.js";
import { pendingOf, runCallback } from "./pending.js";
import { misuse } from "./script-fail.js";

type Callback = (...args: unknown[]) => unknown;

/** The timers of one VU: setTimeout and its kin, as globals and as the module `k6/timers`. */
export class VuTimers {
  private readonly stops = new Map<number, () => void>();
  private nextId = 1;

  constructor(private readonly vu: Vu) {}

  readonly setTimeout = (callback: unknown, delayMs?: unknown, ...args: unknown[]): number =>
    this.start("setTimeout", callback, delayMs, args, false);

  readonly setInterval = (callback: unknown, delayMs?: unknown, ...args: unknown[]): number =>
    this.start("setInterval", callback, delayMs, args, true);

  readonly clear = (id: unknown): void => this.stops.get(id as number)?.();

  private start(what: string, callback: unknown, delayMs: unknown, args: unknown[], repeat: boolean): number {
    if (typeof callback !== "function") {
      throw misuse("k6.timer-callback", `${what}() needs a function.`, { found: typeof callback });
    }
    if (this.vu.phase === "init") {
      throw misuse("k6.timer-in-init", `${what}() cannot be called while the script is being loaded.`, {
        hint: "Move the call into the default function, setup or teardown.",
      });
    }
    const id = this.nextId;
    this.nextId += 1;
    const ms = Math.max(Number(delayMs) || 0, 0);
    const fire = (): void => {
      runCallback(this.vu, callback as Callback, args);
      if (!repeat) stop();
    };
    const timer = repeat ? setInterval(fire, ms) : setTimeout(fire, ms);
    const stop = (): void => {
      clearTimeout(timer);
      this.stops.delete(id);
      ended();
    };
    const ended = pendingOf(this.vu).begin(stop);
    this.stops.set(id, stop);
    return id;
  }
}

const byVu = new WeakMap<Vu, VuTimers>();

/** The timers of a VU; the same object at each call. */
export function timersOf(vu: Vu): VuTimers {
  let timers = byVu.get(vu);
  if (timers === undefined) {
    timers = new VuTimers(vu);
    byVu.set(vu, timers);
  }
  return timers;
}

/** The module `k6/timers`. */
export function timersModule(vu: Vu): object {
  const timers = timersOf(vu);
  return asModule({
    setTimeout: timers.setTimeout,
    clearTimeout: timers.clear,
    setInterval: timers.setInterval,
    clearInterval: timers.clear,
  });
}
