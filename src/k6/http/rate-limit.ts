import type { Vu } from "../../model/vu.js";

/** The option `rps`: requests of all VUs of an engine begin at least `1 / rps` seconds apart. */
export interface RateLimit {
  /** How long the next request must wait, milliseconds; it takes its place in the queue. */
  delayMs(nowMs: number): number;
}

/** The engine's limit; undefined where the option is not set. */
export function rateLimitOf(vu: Vu): RateLimit | undefined {
  const rps = vu.options.network?.rps ?? 0;
  if (rps <= 0) return undefined;
  const key = "k6/http:rps";
  let limit = vu.shared.get(key) as RateLimit | undefined;
  if (limit === undefined) {
    let nextMs = 0;
    limit = {
      delayMs(nowMs) {
        const startMs = Math.max(nowMs, nextMs);
        nextMs = startMs + 1000 / rps;
        return startMs - nowMs;
      },
    };
    vu.shared.set(key, limit);
  }
  return limit;
}
