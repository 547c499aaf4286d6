/** Something that gives up at a certain time. */
export interface Expiring {
  /** On the clock of {@link now}; Infinity while nothing is awaited. */
  readonly deadlineMs: number;
  readonly now: () => number;
  expire(): void;
}

/** How late a deadline may be noticed, milliseconds. */
export const deadlineGrainMs = 25;

// One timer a thread for all connections: a timer a request would cost more than parsing the response.
const watched = new Set<Expiring>();
let timer: NodeJS.Timeout | undefined;

/** Calls `expire` within {@link deadlineGrainMs} after the deadline, until {@link unwatch}. */
export function watch(item: Expiring): void {
  watched.add(item);
  // The sockets keep the process alive, not the watch over them.
  timer ??= setInterval(check, deadlineGrainMs).unref();
}

export function unwatch(item: Expiring): void {
  watched.delete(item);
  if (watched.size === 0 && timer !== undefined) {
    clearInterval(timer);
    timer = undefined;
  }
}

function check(): void {
  let now = -1;
  for (const item of watched) {
    if (item.deadlineMs === Number.POSITIVE_INFINITY) continue;
    if (now < 0) now = item.now();
    if (item.deadlineMs <= now) item.expire();
  }
}
