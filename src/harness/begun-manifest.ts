import type { RunManifest } from "../model/run.js";
import { newRunId } from "../record/folder.js";

/** What each way of making a run folder knows of it before the first sample. */
export type RunHead = Pick<
  RunManifest,
  "scenario" | "script" | "command" | "options" | "optionsDigest" | "environment" | "labels" | "engine" | "declared"
>;

/** The manifest of a run that begins: nothing measured, nothing judged. */
export function begunManifest(
  { scenario, script, command, options, optionsDigest, environment, engine, labels, declared }: RunHead,
  startedAt = new Date(),
): RunManifest {
  // Named one by one: run.json keeps this order.
  return {
    schema: "loadline.run/1",
    id: newRunId(startedAt.getTime()),
    scenario,
    script,
    command,
    options,
    optionsDigest,
    environment,
    ...(engine === undefined ? {} : { engine }),
    labels,
    startedAt: startedAt.toISOString(),
    status: "running",
    validity: { state: "unknown", reasons: [] },
    thresholds: [],
    resources: [],
    totals: {},
    warnings: [],
    ...(declared === undefined ? {} : { declared }),
  };
}
