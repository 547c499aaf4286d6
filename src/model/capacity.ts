import type { Environment } from "./run.js";

/**
 * What a step of a capacity search showed. `overloaded`: refused so clearly that it needs no second try;
 * `unmeasured`: the generator failed, which says nothing about the target.
 */
export type StepOutcome = "holds" | "fails" | "overloaded" | "unmeasured";

/** One rate, driven for a while in an open model. */
export interface CapacityStep {
  /** Arrivals a second, as planned. */
  readonly rate: number;
  readonly outcome: StepOutcome;
  /** Why it does not hold, in words; empty where it does. */
  readonly reasons: readonly string[];
  readonly achievedRate: number;
  /** Arrivals that found no free VU. */
  readonly droppedRatio: number;
  /** Response time, from the due time. Null where nothing was measured. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  /** Of requests. */
  readonly errorRatio: number;
  /** Median over the step; null where no process is watched. */
  readonly targetCpuCores: number | null;
  /** Folder of the step's run, below the capacity folder. */
  readonly run: string;
}

/** What closed loops without pause got out of a URL: more than any open model can be served. */
export interface Saturation {
  readonly requestsPerSecond: number;
  readonly connections: number;
  readonly durationMs: number;
  /** Responses outside 200-299, and requests without one. */
  readonly failed: number;
}

/** Why a search ended, and with it what its figure means. */
export type CapacityLimit = "target" | "generator" | "max-rate" | "steps" | "stopped";

export interface CapacityFinding {
  /** Highest rate that held, arrivals a second; null where none did. */
  readonly capacity: number | null;
  /** Lowest rate that did not; null where all did. */
  readonly refused: number | null;
  /** Who failed at that rate; a generator's failure says nothing about the target. */
  readonly refusedBy: "target" | "generator" | null;
  readonly limitedBy: CapacityLimit;
  /** Rate with the most throughput for its latency; null where there is too little to say. */
  readonly knee: number | null;
  /** Capacity over the scenario's own rate: 2 is twice as much as it asks for. */
  readonly headroom: number | null;
}

/** `capacity.json`. */
export interface CapacityResult extends CapacityFinding {
  readonly schema: "loadline.capacity/1";
  readonly id: string;
  readonly scenario: string;
  readonly command: readonly string[];
  readonly environment: Environment;
  readonly startedAt: string;
  readonly endedAt: string;
  /** What a rate must meet, "metric expression". */
  readonly thresholds: readonly string[];
  readonly saturation: Saturation | null;
  /** Of the script's open-model scenarios together; null for a URL or a closed model. */
  readonly ownRate: number | null;
  /** In the order in which they were driven. */
  readonly steps: readonly CapacityStep[];
}
