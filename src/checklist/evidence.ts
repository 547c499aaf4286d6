import type { Measured } from "../compare/observe.js";
import type { Comparison } from "../model/comparison.js";
import type { ProbeResult } from "../model/probe.js";
import type { RunManifest } from "../model/run.js";

/** What a run has to say. */
export interface RunEvidence {
  readonly manifest: RunManifest;
  /** By series name, over the whole run; undefined where nothing was recorded. */
  readonly measured: (seriesName: string) => Measured | undefined;
  /** Most virtual users that were at work at once in any window. */
  readonly peakBusy: number;
  /** When each watched source last gave a figure, milliseconds since the load began; absent where it never did. */
  readonly lastFigureMs: ReadonlyMap<string, number>;
}

/** The highest rate that still met its thresholds. */
export interface CapacityEvidence {
  readonly perSecond: number;
  /** At which the scenario runs; null where it names none. */
  readonly scenarioRate: number | null;
  readonly at: string;
}

/** b / a of an interleaved comparison, by statistic: the upper end of its interval. */
export interface AbEvidence {
  readonly ratios: Readonly<Record<string, { readonly estimate: number; readonly high: number }>>;
  readonly at: string;
}

/** Everything that items are judged by, as data. */
export interface Evidence {
  readonly now: Date;
  /** Older evidence is stale, milliseconds. */
  readonly maxAgeMs: number;
  /** That is to be released; evidence of another one is stale. */
  readonly version?: string | undefined;
  readonly run?: RunEvidence | undefined;
  readonly comparison?: Comparison | undefined;
  readonly probes: readonly ProbeResult[];
  readonly capacity?: CapacityEvidence | undefined;
  readonly ab?: AbEvidence | undefined;
}
