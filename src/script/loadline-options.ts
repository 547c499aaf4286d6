import { createRequire } from "node:module";
import { didYouMean } from "../model/nearest.js";
import type { LoadlineOptions } from "../model/options.js";
import { Problem } from "../model/problem.js";
import { parseDuration } from "../model/units.js";
import { isSet, shown } from "./fields.js";

/** Beyond, something else is meant: threads of one process share its memory and its sockets. */
const mostWorkers = 256;

const require = createRequire(import.meta.url);

/** Loaded when a script has such options: zod takes a tenth of a second, which every engine would wait for. */
function makeSchema() {
  const { z } = require("zod") as typeof import("zod");
  return z.strictObject({
    gate: z.array(z.string().min(1)).min(1).optional(),
    margin: z.number().gt(0).lt(1).optional(),
    margins: z.record(z.string(), z.number().gt(0)).optional(),
    warmUp: z.union([z.string(), z.number()]).optional(),
    workers: z.union([z.int().min(1).max(mostWorkers), z.literal("auto")]).optional(),
    arrivals: z.enum(["uniform", "poisson"]).optional(),
    seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .optional(),
  });
}

/**
 * `options.ext.loadline`, checked.
 *
 * @param ext the script's `options.ext`; other programs' parts of it are none of our business
 * @throws {Problem} `options.loadline-invalid`
 */
export function loadlineOptions(ext: unknown): LoadlineOptions {
  const raw = typeof ext === "object" && ext !== null ? (ext as { loadline?: unknown }).loadline : undefined;
  if (!isSet(raw)) return {};
  const schema = makeSchema();
  const parsed = schema.safeParse(raw);
  if (parsed.success) {
    const { gate, margin, margins, warmUp, workers, arrivals, seed } = parsed.data;
    return {
      ...(gate === undefined ? {} : { gate }),
      ...(margin === undefined ? {} : { margin }),
      ...(margins === undefined ? {} : { margins }),
      ...(workers === undefined ? {} : { workers }),
      ...(arrivals === undefined ? {} : { arrivals }),
      ...(seed === undefined ? {} : { seed }),
      ...(warmUp === undefined ? {} : { warmUpMs: parseDuration(warmUp, "options.ext.loadline.warmUp") }),
    };
  }
  const issue = parsed.error.issues[0]!;
  const unknownKey = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const path = [...issue.path, ...(unknownKey === undefined ? [] : [unknownKey])];
  const at = ["options.ext.loadline", ...path.map(String)].join(".");
  const keys = Object.keys(schema.shape);
  throw new Problem("options.loadline-invalid", `${at} is not valid.`, {
    at,
    found: shown(path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)?.[key], raw)),
    expected: unknownKey === undefined ? issue.message : keys.join(", "),
    hint:
      unknownKey === undefined
        ? 'Write it like { gate: ["http_req_response_time p(95)"], margin: 0.05 }.'
        : `Remove it.${didYouMean(unknownKey, keys)}`,
  });
}
