import type { SeriesKey } from "../model/metric.js";
import type { Script } from "../model/script.js";
import { bundleScript } from "../script/bundle.js";
import { EngineClient, type EngineListener } from "./engine-client.js";
import type { EngineEnd, EngineStart, Phase, Planned } from "./protocol.js";
import type { RunRequest } from "./run-request.js";

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
  summarise(input: unknown): Promise<Readonly<Record<string, string | Uint8Array>> | undefined>;
  close(): Promise<void>;
}

/** An engine that was found fit to run the script, not yet started. */
export interface ChosenEngine {
  readonly script: Script;
  /** Another program than Loadline, as it names itself; undefined for our own engine. */
  readonly foreign: { readonly name: string; readonly version: string } | undefined;
  open(start: EngineStart, listener: EngineListener): LoadEngine;
}

/**
 * Our own engine, or k6 where the request asks for it.
 *
 * @throws {Problem} for a script that cannot be read or compiled, or a k6 that is not there
 */
export async function chooseEngine(request: Pick<RunRequest, "script" | "k6" | "warmUpMs">): Promise<ChosenEngine> {
  if (request.k6 === undefined) {
    const script = await bundleScript(request.script);
    return { script, foreign: undefined, open: (start, listener) => new EngineClient(start, listener) };
  }
  // Loaded only here: most runs need none of it.
  const { prepareK6 } = await import("./k6-engine.js");
  return prepareK6(request.script, request.k6, request.warmUpMs);
}
