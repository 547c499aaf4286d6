import type { SeriesKey } from "../model/metric.js";
import type { Script } from "../model/script.js";
import type { EngineListener } from "./engine-client.js";
import type { EngineEnd, EngineStart, Phase, Planned } from "./protocol.js";

/** What drives the load and tells of it; the run that records and judges knows no more of it than this. */
export interface LoadEngine {
  readonly plan: Promise<Planned>;
  /** Settles when the run is over; rejects with a Problem where it could not go on. */
  readonly ended: Promise<EngineEnd>;
  /** @param longestMs by when each phase must have ended by itself; later it is ended from outside */
  start(submetrics: readonly SeriesKey[], longestMs: Readonly<Record<Phase, number>>): void;
  /** Ends the run early, with results. */
  stop(graceMs: number, reason: string): void;
  /** @returns what handleSummary gave, by file name; undefined where it gave nothing */
  summarise(input: unknown, timeoutMs: number): Promise<Readonly<Record<string, string | Uint8Array>> | undefined>;
  close(): Promise<void>;
}

/** An engine that was found fit to run the script, not yet started. */
export interface ChosenEngine {
  readonly script: Script;
  /** Another program than Loadline, as it names itself; undefined for our own engine. */
  readonly foreign: { readonly name: string; readonly version: string } | undefined;
  open(start: EngineStart, listener: EngineListener): LoadEngine;
}
