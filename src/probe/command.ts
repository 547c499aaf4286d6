import * as z from "zod";
import { formatMs } from "../model/units.js";
import { conditionSchema, describe, patternSchema, unmet } from "./condition.js";
import { commandSchema, commonFields, retryFields } from "./fields.js";
import type { ProbeKind } from "./probe-kind.js";
import { runCommand } from "./run-command.js";
import { quoteWords } from "./words.js";

const schema = z
  .strictObject({
    kind: z.literal("command"),
    ...commonFields,
    ...retryFields,
    command: commandSchema,
    /** Gives the command to /bin/sh; write it as one text then. */
    shell: z.boolean().default(false),
    cwd: z.string().optional(),
    env: z.record(z.string(), z.string()).default({}),
    exitCode: z.number().int().default(0),
    /** What stdout and stderr together must be. */
    output: conditionSchema.optional(),
    /** A number drawn from the output by the pattern's first group, and its limit. */
    number: z.strictObject({ pattern: patternSchema, is: conditionSchema }).optional(),
  })
  .refine((probe) => !probe.shell || typeof probe.command === "string", "a command as one text with shell: true");

/** A command's exit code, its output, and a number in it. */
export const commandKind: ProbeKind<typeof schema> = {
  schema,
  timeoutMs: 60_000,
  async ask(declared, context) {
    const end = await runCommand(declared, context);
    const faults: string[] = [];
    if (end.exitCode !== declared.exitCode) {
      const how = end.signal === null ? `the exit code is ${end.exitCode}` : `${end.signal} ended it`;
      faults.push(`${how}, not ${declared.exitCode}`);
    }
    const outputFault = declared.output === undefined ? undefined : unmet(end.output, declared.output);
    if (outputFault !== undefined) faults.push(`the output ${outputFault}`);
    let value: number | undefined;
    if (declared.number !== undefined) {
      const { pattern, is } = declared.number;
      pattern.lastIndex = 0;
      const match = pattern.exec(end.output);
      const text = match === null ? undefined : (match[1] ?? match[0]);
      value = text === undefined || text.trim() === "" ? Number.NaN : Number(text.replaceAll(/[,_\s]/g, ""));
      if (text === undefined) faults.push(`nothing in the output matches ${pattern}`);
      else if (Number.isNaN(value)) faults.push(`${JSON.stringify(text)} is no number`);
      else {
        const why = unmet(value, is);
        if (why !== undefined) faults.push(`the number ${why}`);
      }
    }
    const words = typeof declared.command === "string" ? declared.command : quoteWords(declared.command);
    const limit = declared.number === undefined ? "" : `, a number that ${describe(declared.number.is)}`;
    return {
      ok: faults.length === 0,
      asked: `${words}, expecting exit code ${declared.exitCode}${declared.output === undefined ? "" : `, output ${describe(declared.output)}`}${limit}`,
      answered: `exit ${end.exitCode ?? end.signal} after ${formatMs(end.durationMs)}\n${end.output.slice(-1500).trim()}`,
      reason: faults.length === 0 ? "as expected" : faults.join("; "),
      ...(value === undefined || Number.isNaN(value) ? {} : { figures: { value } }),
    };
  },
};
