import * as z from "zod";
import { parseDuration } from "../model/units.js";
import { conditionSchema } from "./condition.js";

/** Milliseconds from "30s", "5m" or a number of milliseconds. */
export const durationSchema = z.union([z.string(), z.number()]).transform((value, context) => {
  try {
    return parseDuration(value, "duration");
  } catch {
    context.addIssue({ code: "custom", message: 'a duration such as "30s" or "2m"' });
    return z.NEVER;
  }
});

/** A command: words, never given to a shell unless `shell` is set where it is declared. */
export const commandSchema = z.union([z.string().min(1), z.array(z.string()).min(1)]);

export const stepSchema = z.strictObject({
  method: z.string().default("GET"),
  /** Absolute, or a path below the target's URL. */
  url: z.string(),
  headers: z.record(z.string(), z.string()).default({}),
  /** Sent as JSON. */
  json: z.unknown().optional(),
  body: z.string().optional(),
  expect: z
    .strictObject({
      /** Any status from 200 to 299 unless given. */
      status: z.union([z.number(), z.array(z.number())]).optional(),
      json: z.record(z.string(), conditionSchema).optional(),
      headers: z.record(z.string(), conditionSchema).optional(),
      body: conditionSchema.optional(),
      /** From the first byte sent to the last one received. */
      within: durationSchema.optional(),
    })
    .default({}),
  /** Values of the answer by JSON path, for `{{name}}` in the steps that follow. */
  capture: z.record(z.string(), z.string()).default({}),
});
/** One HTTP request, and what its answer must be. */
export type Step = z.output<typeof stepSchema>;

/** Fields of every probe. */
export const commonFields = {
  when: z.enum(["before", "during", "after"]).default("after"),
  /** For everything the probe does, its retries too. */
  timeout: durationSchema.optional(),
  /** A target of the probe's own: started before, stopped after. */
  start: z
    .strictObject({
      command: commandSchema,
      env: z.record(z.string(), z.string()).default({}),
      readyUrl: z.string().optional(),
    })
    .optional(),
  /** PEM file of an authority to trust. */
  ca: z.string().optional(),
};

/** Fields of the probes that only read, and may therefore ask again. */
export const retryFields = {
  retries: z.number().int().min(0).max(1000).default(0),
  retryEvery: durationSchema.default(1000),
};
