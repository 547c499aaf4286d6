import * as z from "zod";
import { comparisonSchema, verdictSchema } from "./comparison.js";
import { changePointSchema } from "./history.js";

export const nightlyScenarioSchema = z.object({
  /** As given or as in the config. */
  script: z.string(),
  /** Null where the script could not even begin. */
  scenario: z.string().nullable(),
  verdict: verdictSchema,
  /** One sentence. */
  reason: z.string(),
  exitCode: z.number().int(),
  /** Run folders that count. */
  runs: z.array(z.string()),
  /** Invalid runs that were made again. */
  retried: z.number().int(),
  report: z.string().nullable(),
  /** The baseline that the runs were accepted into, as the first or as its newest. */
  accepted: z.string().nullable(),
  comparison: comparisonSchema.nullable(),
  /** The newest change of level in the scenario's history. */
  newestChange: changePointSchema.nullable(),
});
/** What one night found of one scenario. */
export type NightlyScenario = z.infer<typeof nightlyScenarioSchema>;

export const nightlySchema = z.object({
  schema: z.literal("loadline.nightly/1"),
  startedAt: z.string(),
  endedAt: z.string(),
  /** Whether an earlier process had begun this night. */
  resumed: z.boolean(),
  exitCode: z.number().int(),
  scenarios: z.array(nightlyScenarioSchema),
});
/** What `loadline nightly --json` prints. */
export type Nightly = z.infer<typeof nightlySchema>;

export const nightlyStateSchema = z.object({
  schema: z.literal("loadline.nightly-state/1"),
  /** Of what was asked for: another request is another night. */
  key: z.string(),
  startedAt: z.iso.datetime(),
  scripts: z.record(
    z.string(),
    z.object({
      runs: z.array(z.string()),
      retried: z.number().int(),
      /** What was found, once its runs are about to be accepted into a baseline. */
      found: nightlyScenarioSchema.nullable().default(null),
      done: nightlyScenarioSchema.nullable(),
    }),
  ),
});
/** How far a night has come, for the process that takes it up after a crash. */
export type NightlyState = z.infer<typeof nightlyStateSchema>;
