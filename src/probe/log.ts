import { randomUUID } from "node:crypto";
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { Problem } from "../model/problem.js";
import { conditionSchema, patternSchema } from "./condition.js";
import { commonFields, stepSchema } from "./fields.js";
import { atPath, describeFields, unmetFields } from "./json-path.js";
import type { ProbeContext, ProbeKind } from "./probe-kind.js";
import { takeStep } from "./steps.js";

const schema = z
  .strictObject({
    kind: z.literal("log"),
    ...commonFields,
    /** The log file; or `output`, the name of a command that the run watches; or neither with `start`. */
    file: z.string().optional(),
    output: z.string().optional(),
    /** Lines that do not match are not looked at; a banner, a stack trace. */
    only: patternSchema.optional(),
    /** Every line is JSON. */
    json: z.boolean().default(true),
    /** Every line has these fields. */
    fields: z.record(z.string(), conditionSchema).default({}),
    /** No line may match any of these: passwords, stack traces. */
    never: z.array(patternSchema).default([]),
    atLeast: z.number().int().min(0).default(1),
    /** A request with an id of ours must leave a line with that id. */
    correlation: z
      .strictObject({
        step: stepSchema,
        header: z.string().default("x-request-id"),
        field: z.string().default("requestId"),
      })
      .optional(),
  })
  .refine((probe) => probe.json || Object.keys(probe.fields).length === 0, "json: true with fields");

/** The end of the log; a year of it would not be more telling. */
const tailBytes = 4 * 1024 * 1024;
const pollMs = 100;

/** Log lines are structured, carry their fields, and can be found by the request's id. */
export const logKind: ProbeKind<typeof schema> = {
  schema,
  timeoutMs: 15_000,
  async ask(declared, context) {
    const path = pathOf(declared, context);
    const { correlation } = declared;
    const id = `loadline-${randomUUID()}`;
    const asked = [
      `the lines of ${declared.file ?? declared.output ?? "the probe's target"}: at least ${declared.atLeast}`,
      ...(declared.json ? ["each of them JSON"] : []),
      ...(Object.keys(declared.fields).length > 0 ? [`with ${describeFields(declared.fields)}`] : []),
      ...(correlation === undefined ? [] : [`one with ${correlation.field} = the ${correlation.header} of a request`]),
    ].join(", ");
    if (correlation !== undefined) {
      const { step, header } = correlation;
      const { faults } = await takeStep({ ...step, headers: { ...step.headers, [header]: id } }, context);
      if (faults.length > 0)
        return { ok: false, asked, answered: "", reason: `the request failed: ${faults.join("; ")}` };
    }
    // Logs are written in batches: a line may come a moment after its request.
    let lines = await readLines(path, declared.only);
    const waits = (): boolean =>
      lines.length < declared.atLeast ||
      (correlation !== undefined && !lines.some((line) => atPath(parsed(line), correlation.field) === id));
    while (waits() && !context.signal.aborted) {
      await wait(pollMs);
      lines = await readLines(path, declared.only);
    }
    const faults: string[] = [];
    if (lines.length < declared.atLeast)
      faults.push(`there are ${lines.length} lines, not at least ${declared.atLeast}`);
    else if (waits()) faults.push(`no line has the id of our request in ${correlation!.field}`);
    faults.push(...faultsOf(lines, declared));
    const sample = lines.findLast((line) => line.includes(id)) ?? lines.at(-1) ?? "";
    return {
      ok: faults.length === 0,
      asked,
      answered: `${lines.length} lines${sample === "" ? "" : `, among them: ${sample.slice(0, 500)}`}`,
      reason:
        faults.length === 0
          ? lines.length === 1
            ? "one line, as expected"
            : `${lines.length} lines are as expected`
          : faults.join("; "),
      figures: { lines: lines.length },
    };
  },
};

/** One sentence a kind of fault, with how many lines have it and the first of them. */
function faultsOf(lines: readonly string[], { json, fields, never }: z.output<typeof schema>): string[] {
  const found = new Map<string, { count: number; readonly line: string }>();
  const note = (fault: string, line: string): void => {
    const before = found.get(fault);
    if (before === undefined) found.set(fault, { count: 1, line });
    else before.count += 1;
  };
  for (const line of lines) {
    for (const pattern of never) {
      pattern.lastIndex = 0;
      // The line is not quoted: what must never stand in a log must not stand in the evidence either.
      if (pattern.test(line)) note(`a line matches ${pattern}, which none may`, "");
    }
    if (!json) continue;
    const document = parsed(line);
    if (typeof document !== "object" || document === null) note("a line is not JSON", line);
    else for (const fault of unmetFields(document, fields)) note(fault, line);
  }
  return [...found].slice(0, 5).map(([fault, { count, line }]) => {
    const shown = line === "" ? "" : `: ${line.slice(0, 200)}`;
    return `${fault} (${count} of ${lines.length} lines)${shown}`;
  });
}

function pathOf({ file, output }: z.output<typeof schema>, context: ProbeContext): string {
  if (file !== undefined) return resolve(context.folder, file);
  const named = output === undefined ? context.ownTarget?.logFile : context.outputs.get(output);
  // One watched command leaves no doubt about whose output is meant.
  const only = output === undefined && context.outputs.size === 1 ? [...context.outputs.values()][0] : undefined;
  const path = named ?? only;
  if (path !== undefined) return path;
  throw new Problem("probe.log-unknown", "Which log? The probe names none that there is.", {
    found: output,
    expected: `file, start, or the name of a watched command: ${[...context.outputs.keys()].join(", ") || "there are none"}`,
    hint: 'Give file: "…", or run with --command so that the target\'s output is kept.',
  });
}

async function readLines(path: string, only: RegExp | undefined): Promise<string[]> {
  let text: string;
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const from = Math.max(0, size - tailBytes);
      const bytes = Buffer.alloc(size - from);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
      text = bytes.subarray(0, bytesRead).toString("utf8");
      // The first line may be half a line, and so may the last one while it is being written.
      if (from > 0) text = text.slice(text.indexOf("\n") + 1);
      text = text.slice(0, text.lastIndexOf("\n") + 1);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new Problem("probe.log-unreadable", "The log cannot be read.", {
      at: path,
      found: (cause as NodeJS.ErrnoException).code,
      cause,
    });
  }
  return text.split("\n").filter((line) => {
    if (line.trim() === "") return false;
    if (only !== undefined) only.lastIndex = 0;
    return only === undefined || only.test(line);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
