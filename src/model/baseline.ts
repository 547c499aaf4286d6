import * as z from "zod";
import { runFloorsSchema } from "./leak.js";
import { environmentSchema, loadFiguresSchema, resourceSummarySchema, validitySchema } from "./run.js";

export const baselineRunSchema = z.object({
  id: z.string(),
  /** A rolling baseline holds runs that different people accepted at different times. */
  acceptedAt: z.iso.datetime(),
  acceptedBy: z.string(),
  /** Of its run.json as accepted. */
  sha256: z.string(),
  startedAt: z.string(),
  validity: validitySchema,
  /** Absent for imported runs: no file of another tool has them. */
  load: loadFiguresSchema.optional(),
  /** Pooled counts for proportions, by metric: http_req_failed and checks. */
  rates: z.record(z.string(), z.tuple([z.number(), z.number()])),
  resources: z.array(resourceSummarySchema),
  /** Of what was watched; absent in baselines of versions that did not keep them. */
  floors: z.array(runFloorsSchema).optional(),
  /** By series name: the whole run, HdrHistogram V2 compressed, base64. */
  totals: z.record(z.string(), z.string()),
  /** By series name: one histogram a minute, the same encoding. */
  minutes: z.record(z.string(), z.array(z.string())),
});
export type BaselineRun = z.infer<typeof baselineRunSchema>;

export const baselineSchema = z.object({
  schema: z.literal("loadline.baseline/2"),
  name: z.string(),
  scenario: z.string(),
  /** The newest acceptance. */
  acceptedAt: z.iso.datetime(),
  acceptedBy: z.string(),
  note: z.string(),
  scriptSha256: z.string(),
  optionsDigest: z.string(),
  labels: z.record(z.string(), z.string()),
  environment: environmentSchema,
  /** What the values of custom trends mean, by metric. */
  contains: z.record(z.string(), z.enum(["time", "data", "default"])).optional(),
  runs: z.array(baselineRunSchema).min(1),
});
/** `baselines/<scenario>/<name>.json`. */
export type Baseline = z.infer<typeof baselineSchema>;

/** A baseline as read from its file. */
export interface ReadBaseline extends Baseline {
  /** The version in which it is written, where that is an older one; the file stays as it is until the next acceptance. */
  readonly migratedFrom?: string;
}
