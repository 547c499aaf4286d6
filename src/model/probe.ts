import * as z from "zod";

export const probeResultSchema = z.object({
  name: z.string(),
  kind: z.string(),
  /** `fail`: the answer is not as declared. `error`: the question could not be put. */
  state: z.enum(["pass", "fail", "error"]),
  /** When it was asked, ISO 8601. */
  at: z.string(),
  asked: z.string(),
  answered: z.string(),
  reason: z.string(),
  durationMs: z.number(),
  attempts: z.number().int().optional(),
  /** Figures of the answer, such as the milliseconds of a recovery. */
  figures: z.record(z.string(), z.number()).optional(),
});
/** What one probe asked, what was answered, and what that means; secrets are removed. */
export type ProbeResult = z.infer<typeof probeResultSchema>;

/** The content of a run folder's probes.json. */
export const probeResultsSchema = z.array(probeResultSchema);

/** When a probe asks: before the load, while it lasts, or after it. */
export type ProbeMoment = "before" | "during" | "after";
