import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import * as z from "zod";
import { Problem } from "../model/problem.js";
import { patternSchema } from "./condition.js";
import { commonFields } from "./fields.js";
import type { ProbeKind } from "./probe-kind.js";

const schema = z
  .strictObject({
    kind: z.literal("env"),
    ...commonFields,
    /** Variables that must be set and not empty. */
    names: z.array(z.string()).default([]),
    /** Variables whose value must match. */
    matching: z.record(z.string(), patternSchema).default({}),
    /** Read from this file instead of our own environment. */
    file: z.string().optional(),
    /** Read from this process instead, Linux only. */
    pid: z.number().int().positive().optional(),
  })
  .refine((probe) => probe.names.length + Object.keys(probe.matching).length > 0, "names or matching");

/** Variables are set; no value is ever shown. */
export const envKind: ProbeKind<typeof schema> = {
  schema,
  timeoutMs: 5000,
  async ask({ names, matching, file, pid }, context) {
    const env = await readVariables(file === undefined ? undefined : resolve(context.folder, file), pid);
    const faults = [...new Set([...names, ...Object.keys(matching)])].flatMap((name) => {
      const value = env[name];
      if (value === undefined) return [`${name} is not set`];
      if (value.trim() === "") return [`${name} is empty`];
      const pattern = matching[name];
      if (pattern !== undefined) pattern.lastIndex = 0;
      return pattern === undefined || pattern.test(value) ? [] : [`${name} has not the form that it should have`];
    });
    const all = [...new Set([...names, ...Object.keys(matching)])];
    return {
      ok: faults.length === 0,
      asked: `set: ${all.join(", ")}${file === undefined ? "" : ` in ${file}`}${pid === undefined ? "" : ` of process ${pid}`}`,
      answered: `${all.length - faults.length} of ${all.length} as they should be`,
      reason: faults.length === 0 ? "every variable is set" : faults.join("; "),
    };
  },
};

async function readVariables(file: string | undefined, pid: number | undefined): Promise<NodeJS.Dict<string>> {
  const path = file ?? (pid === undefined ? undefined : `/proc/${pid}/environ`);
  if (path === undefined) return process.env;
  try {
    const text = await readFile(path, "utf8");
    if (file !== undefined) return parseEnv(text) as NodeJS.Dict<string>;
    return Object.fromEntries(
      text.split("\0").map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
    );
  } catch (cause) {
    throw new Problem("probe.env-unreadable", "The environment cannot be read.", {
      at: path,
      found: (cause as NodeJS.ErrnoException).code,
      cause,
    });
  }
}
