import type { Exchange } from "./exchange.js";

/** Answers that come closer together than this are a burst, as after a stall of the target. */
const burstMs = 0.25;
/** Exchanges that are handed over before the sockets are read again: so many, or this share of those that wait. */
const fewestAtOnce = 8;
const shareAtOnce = 1 / 8;
/** Slots of what was handed over are given back at so many. */
const mostSpent = 1024;

/** The exchanges of one client that are over and have not been handed over. */
export type Undelivered = Set<Exchange>;

// One queue a thread: all connections of the thread share its event loop.
let waiting: ({ readonly exchange: Exchange; readonly of: Undelivered } | undefined)[] = [];
let head = 0;
let lastMs = Number.NEGATIVE_INFINITY;

/**
 * Hands a finished exchange to its receiver: at once, or in a burst only when the other answers that have arrived
 * were read.
 *
 * What a receiver does with an answer takes several times as long as reading it, and an unread answer is stamped too late.
 *
 * @param of gets the exchange for as long as it waits; who takes it out again has told the receiver something else
 */
export function deliver(exchange: Exchange, of: Undelivered): void {
  const { endMs } = exchange;
  // Clients may have clocks of their own.
  const isBurst = Math.abs(endMs - lastMs) < burstMs;
  lastMs = endMs;
  if (!isBurst && head === waiting.length) {
    exchange.receiver.onExchange(exchange);
    return;
  }
  of.add(exchange);
  waiting.push({ exchange, of });
  if (waiting.length - head === 1) setImmediate(handOver);
}

function handOver(): void {
  // A generator that cannot keep up must not spend its time on looking at sockets.
  const count = Math.max(fewestAtOnce, Math.floor((waiting.length - head) * shareAtOnce));
  const end = Math.min(head + count, waiting.length);
  try {
    while (head < end) {
      const { exchange, of } = waiting[head]!;
      waiting[head] = undefined;
      head += 1;
      if (of.delete(exchange)) exchange.receiver.onExchange(exchange);
    }
  } finally {
    if (head === waiting.length || head >= mostSpent) {
      waiting = waiting.slice(head);
      head = 0;
    }
    if (waiting.length > 0) setImmediate(handOver);
  }
}
