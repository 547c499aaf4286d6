import * as z from "zod";
import type { CounterWindow } from "../model/run.js";
import type { EngineWindow, ResourceSample, WindowBatch } from "../model/window.js";

const figure = z.number().default(0);
// Zeros are not written; a figure that an older version did not know is 0 too.
const engineSchema = z.object({
  planned: figure,
  started: figure,
  dropped: figure,
  droppedByUs: figure,
  interrupted: figure,
  vus: figure,
  vusMax: figure,
  vusBusy: figure,
  longestStallMs: figure,
  gcMs: figure,
  cpuCores: figure,
  rssBytes: figure,
  ownSocketErrors: figure,
  unanswered: figure,
} satisfies Record<keyof EngineWindow, z.ZodType>);

/** A line of `counters.ndjson`. */
export const counterWindowSchema = z.object({
  index: z.number().int().min(0),
  startMs: z.number(),
  lengthMs: z.number(),
  counters: z.record(z.string(), z.number()),
  gauges: z.record(z.string(), z.number()),
  rates: z.record(z.string(), z.tuple([z.number(), z.number()])),
  checks: z
    .array(z.object({ name: z.string(), groupPath: z.string(), passes: z.number(), fails: z.number() }))
    .readonly()
    .optional(),
  newGroups: z.array(z.string()).readonly().optional(),
  engine: engineSchema,
});

/** A line of `resources.ndjson`. */
export const resourceSampleSchema = z.object({
  atMs: z.number(),
  source: z.string(),
  rssBytes: z.number().optional(),
  pssBytes: z.number().optional(),
  heapBytes: z.number().optional(),
  cpuCores: z.number().optional(),
  fds: z.number().optional(),
  threads: z.number().optional(),
  processes: z.number().optional(),
  limitBytes: z.number().optional(),
  limitCores: z.number().optional(),
  throttledRatio: z.number().optional(),
  gcMs: z.number().optional(),
  metrics: z.record(z.string(), z.number()).optional(),
  event: z.string().optional(),
});

/** @param names series names by id; values of unknown ids are left out */
export function counterLine(batch: WindowBatch, names: ReadonlyMap<number, string>): string {
  const counters: Record<string, number> = {};
  const gauges: Record<string, number> = {};
  const rates: Record<string, [number, number]> = {};
  for (const { id, value } of batch.values) {
    const name = names.get(id);
    if (name === undefined) continue;
    if (value.kind === "counter") counters[name] = value.sum;
    else if (value.kind === "gauge") gauges[name] = value.value;
    else if (value.kind === "rate") rates[name] = [value.passes, value.total];
  }
  const { index, startMs, lengthMs, checks, newGroups = [] } = batch;
  const engine = Object.fromEntries(Object.entries(batch.engine).filter(([, value]) => value !== 0));
  const window: Omit<CounterWindow, "engine"> & { engine: Partial<EngineWindow> } = {
    index,
    startMs,
    lengthMs,
    counters,
    gauges,
    rates,
    ...(checks.length === 0 ? {} : { checks }),
    ...(newGroups.length === 0 ? {} : { newGroups }),
    engine,
  };
  return `${JSON.stringify(window, short)}\n`;
}

export function resourceLine(sample: ResourceSample): string {
  return `${JSON.stringify(sample, short)}\n`;
}

const measured = new Set(["startMs", "lengthMs", "atMs", "longestStallMs", "gcMs", "cpuCores", "rssBytes"]).add(
  "throttledRatio",
);

/** Clock readings to the microsecond: their further digits are noise, and a third of the file. */
function short(key: string, value: unknown): unknown {
  return typeof value === "number" && measured.has(key) ? Number(value.toFixed(3)) : value;
}
