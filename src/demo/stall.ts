import type { StallPlan } from "./options.js";

/**
 * When work of `delayMs` that begins at `atMs` is done by a service that stands still during its stalls.
 *
 * Its clock of work stops for the stall: what was under way goes on afterwards, what arrived meanwhile begins then.
 *
 * @param atMs since the service's start
 * @returns milliseconds since the service's start, never inside a stall
 */
export function doneAt(atMs: number, delayMs: number, stall: StallPlan | undefined): number {
  if (stall === undefined) return atMs + delayMs;
  return timeOfWork(workUntil(atMs, stall) + delayMs, stall);
}

/** Milliseconds worked until a moment. The first period has no stall. */
function workUntil(atMs: number, { everyMs, lengthMs }: StallPlan): number {
  const period = Math.floor(atMs / everyMs);
  if (period < 1) return atMs;
  const within = atMs - period * everyMs;
  return atMs - (period - 1) * lengthMs - Math.min(within, lengthMs);
}

/** The inverse of {@link workUntil}: the moment at which so much has been worked, past the stall where both its ends fit. */
function timeOfWork(workMs: number, { everyMs, lengthMs }: StallPlan): number {
  // A rounding error below the edge would end the wait at the stall's start, for all that arrived in it.
  const edge = 1e-9;
  const stalls = Math.max(0, 1 + Math.floor((workMs - everyMs) / (everyMs - lengthMs) + edge));
  return workMs + stalls * lengthMs;
}
