import * as z from "zod";
import { commonFields, retryFields, stepSchema } from "./fields.js";
import type { ProbeKind } from "./probe-kind.js";
import { takeSteps } from "./steps.js";

const schema = z.strictObject({
  kind: z.literal("http"),
  ...commonFields,
  ...retryFields,
  ...stepSchema.shape,
  /** Further requests, in order. */
  next: z.array(stepSchema).default([]),
});

/** One request or several in order, each with what its answer must be. */
export const httpKind: ProbeKind<typeof schema> = {
  schema,
  timeoutMs: 10_000,
  async ask({ method, url, headers, json, body, expect, capture, next }, context) {
    const { outcomes, faults } = await takeSteps(
      [{ method, url, headers, json, body, expect, capture }, ...next],
      context,
    );
    const last = outcomes.at(-1)!;
    return {
      ok: faults.length === 0,
      asked: outcomes.map((outcome) => outcome.asked).join("\n"),
      answered: outcomes.map((outcome) => outcome.answered).join("\n"),
      reason: faults.length > 0 ? faults.join("; ") : "the answer is as expected",
      figures: { durationMs: last.result.durationMs },
    };
  },
};
