import type { LeakSeries } from "../src/model/leak.js";

export const noises: Readonly<Record<"low" | "middle" | "high", readonly [white: number, wander: number]>>;
export function memorySeries(world: {
  leakPerHour: number;
  /** Seconds; 0 for no warm-up. */
  tau: number;
  noise: readonly [white: number, wander: number];
  seed: number;
  correlation?: number;
}): LeakSeries;
