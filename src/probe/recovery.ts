import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { Problem } from "../model/problem.js";
import { formatMs } from "../model/units.js";
import { conditionSchema, unmet } from "./condition.js";
import { commandSchema, commonFields, durationSchema, stepSchema } from "./fields.js";
import type { ProbeContext, ProbeKind } from "./probe-kind.js";
import { runCommand } from "./run-command.js";
import { type Captures, takeStep } from "./steps.js";

/** One deed: a request, or a command with what its output must be. */
const deedSchema = z.union([
  stepSchema,
  z.strictObject({ command: commandSchema, output: conditionSchema.optional() }),
]);
type Deed = z.output<typeof deedSchema>;

const recoveryFields = {
  ...commonFields,
  /** What breaks it: a command; or a signal to the probe's own target, or to a process by its pid or pid file. */
  break: z.union([
    z.strictObject({ command: commandSchema }),
    z.strictObject({
      signal: z.enum(["SIGKILL", "SIGTERM", "SIGSTOP", "SIGINT", "SIGQUIT", "SIGABRT"]).default("SIGKILL"),
      pid: z.number().int().positive().optional(),
      pidFile: z.string().optional(),
    }),
  ]),
  /** What brings it back, where nothing does by itself: a command, or the probe's own target started again. */
  restore: z.union([z.literal("start-again"), z.strictObject({ command: commandSchema })]).optional(),
  /** Asked until it is as it should be. */
  health: deedSchema,
  /** From the break to the first healthy answer. */
  within: durationSchema.default(120_000),
};

const recoverySchema = z.strictObject({
  kind: z.literal("recovery"),
  ...recoveryFields,
  /** Asked before the break and after it; both answers must be the same. */
  data: z.union([stepSchema, z.strictObject({ command: commandSchema })]).optional(),
});

const persistenceSchema = z.strictObject({
  kind: z.literal("persistence"),
  ...recoveryFields,
  /** In order, before the break. */
  write: z.array(deedSchema).min(1),
  /** In order, after it; `{{name}}` is what the writing captured. */
  read: z.array(deedSchema).min(1),
});

const pollMs = 100;
/** A health check that hangs must not use up the time of those that would answer. */
const oneTryMs = 2000;

/** Breaks the target, waits for health, times it, and checks that the data is still the same. */
export const recoveryKind: ProbeKind<typeof recoverySchema> = {
  schema: recoverySchema,
  timeoutMs: 180_000,
  async ask(declared, context) {
    let before: string | undefined;
    return breakAndWait(declared, context, {
      what: declared.data === undefined ? "" : ", with the same data",
      prepare: async () => {
        if (declared.data === undefined) return undefined;
        const read = await doDeed(declared.data, context);
        before = read.content;
        return read.fault;
      },
      check: async () => {
        if (declared.data === undefined) return undefined;
        const read = await doDeed(declared.data, context);
        if (read.fault !== undefined) return `the data cannot be read: ${read.fault}`;
        return read.content === before ? undefined : `the data changed from ${before} to ${read.content}`;
      },
    });
  },
};

/** Writes, breaks, waits for health, and reads what was written. */
export const persistenceKind: ProbeKind<typeof persistenceSchema> = {
  schema: persistenceSchema,
  timeoutMs: 180_000,
  async ask(declared, context) {
    const captures: Captures = new Map();
    const inOrder = async (deeds: readonly Deed[], what: string): Promise<string | undefined> => {
      for (const [i, deed] of deeds.entries()) {
        const { fault } = await doDeed(deed, context, captures);
        if (fault !== undefined) return `${what} ${i + 1} of ${deeds.length}: ${fault}`;
      }
      return undefined;
    };
    return breakAndWait(declared, context, {
      what: ", with what was written before",
      prepare: () => inOrder(declared.write, "write"),
      check: () => inOrder(declared.read, "read"),
    });
  },
};

interface Around {
  readonly what: string;
  /** Each gives the fault, where there is one. */
  prepare(): Promise<string | undefined>;
  check(): Promise<string | undefined>;
}

async function breakAndWait(
  declared: z.output<typeof recoverySchema> | z.output<typeof persistenceSchema>,
  context: ProbeContext,
  around: Around,
) {
  const asked = `${breakWords(declared.break)}, healthy again within ${formatMs(declared.within)}${around.what}`;
  const fail = (reason: string, answered = "") => ({ ok: false, asked, answered, reason });
  const healthy = await waitHealthy(declared.health, context, performance.now() + oneTryMs);
  if (healthy.fault !== undefined) return fail(`it was not healthy before the break: ${healthy.fault}`);
  const unprepared = await around.prepare();
  if (unprepared !== undefined) return fail(`before the break: ${unprepared}`);

  const brokenMs = performance.now();
  const pid = await breakIt(declared.break, context);
  if (pid !== undefined) await gone(pid, declared.break, context);
  if (declared.restore === "start-again") await ownTarget(context).startAgain();
  else if (declared.restore !== undefined) await mustSucceed(declared.restore.command, context, "restores it");
  const back = await waitHealthy(declared.health, context, brokenMs + declared.within);
  const tookMs = performance.now() - brokenMs;
  const figures = { recoveryMs: Math.round(tookMs) };
  if (back.fault !== undefined) {
    return { ...fail(`not healthy ${formatMs(tookMs)} after the break: ${back.fault}`, "not healthy"), figures };
  }
  const answered = `healthy again after ${formatMs(tookMs)}, at the ${back.tries}. asking`;
  if (tookMs > declared.within) return { ...fail(`it took ${formatMs(tookMs)}`, answered), figures };
  const lost = await around.check();
  if (lost !== undefined) return { ...fail(lost, answered), figures };
  return { ok: true, asked, answered, reason: `healthy again after ${formatMs(tookMs)}${around.what}`, figures };
}

/** Asks until the answer is right or the time is over. */
async function waitHealthy(
  health: Deed,
  context: ProbeContext,
  untilMs: number,
): Promise<{ readonly fault: string | undefined; readonly tries: number }> {
  for (let tries = 1; ; tries += 1) {
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(oneTryMs)]);
    const { fault } = await doDeed(health, { ...context, baseUrl: context.baseUrl, env: context.env, signal });
    if (fault === undefined || context.signal.aborted || performance.now() >= untilMs) return { fault, tries };
    await wait(pollMs);
  }
}

async function doDeed(
  deed: Deed,
  context: ProbeContext,
  captures?: Captures,
): Promise<{ readonly fault: string | undefined; readonly content: string }> {
  if ("url" in deed) {
    const { faults, result } = await takeStep(deed, context, captures);
    return { fault: faults.length === 0 ? undefined : faults.join("; "), content: result.error ?? result.body };
  }
  const { exitCode, output } = await runCommand({ command: deed.command }, context);
  const why = exitCode === 0 ? undefined : `exit code ${exitCode}: ${output.slice(-300).trim()}`;
  const wrong = deed.output === undefined ? undefined : unmet(output.trim(), deed.output);
  return { fault: why ?? (wrong === undefined ? undefined : `the output ${wrong}`), content: output };
}

/** @returns the pid that was signalled, where one was */
async function breakIt(
  how: z.output<typeof recoverySchema>["break"],
  context: ProbeContext,
): Promise<number | undefined> {
  if ("command" in how) {
    await mustSucceed(how.command, context, "breaks it");
    return undefined;
  }
  const pid =
    how.pid ?? (how.pidFile === undefined ? ownTarget(context).pid : await pidIn(resolve(context.folder, how.pidFile)));
  try {
    process.kill(pid, how.signal);
  } catch (cause) {
    throw new Problem("probe.no-process", `Process ${pid} cannot be sent ${how.signal}.`, {
      found: (cause as NodeJS.ErrnoException).code,
      hint: "Check the pid, and that the process is yours.",
      cause,
    });
  }
  return how.signal === "SIGSTOP" ? undefined : pid;
}

/** Waits until the process has ended: what still answers from its last moments has not recovered. */
async function gone(pid: number, how: z.output<typeof recoverySchema>["break"], context: ProbeContext): Promise<void> {
  const untilMs = performance.now() + ("signal" in how && how.signal === "SIGKILL" ? 5000 : 30_000);
  while (!context.signal.aborted && performance.now() < untilMs && (await isAlive(pid))) await wait(5);
}

async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
    const stat = await readFile(`/proc/${pid}/stat`, "latin1");
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function pidIn(file: string): Promise<number> {
  const text = await readFile(file, "utf8").catch(() => "");
  const pid = Number(text.trim());
  if (Number.isInteger(pid) && pid > 0) return pid;
  throw new Problem("probe.no-pid", "The pid file holds no process id.", {
    at: file,
    found: text.slice(0, 50) || "nothing",
  });
}

function ownTarget(context: ProbeContext): NonNullable<ProbeContext["ownTarget"]> {
  if (context.ownTarget !== undefined) return context.ownTarget;
  throw new Problem("probe.nothing-to-break", "The probe says not what to break.", {
    hint: "Give break a command, a pid or a pidFile, or let the probe start a target of its own.",
  });
}

async function mustSucceed(command: string | readonly string[], context: ProbeContext, what: string): Promise<void> {
  const { exitCode, output } = await runCommand({ command }, context);
  if (exitCode === 0) return;
  throw new Problem("probe.command-failed", `The command that ${what} failed.`, {
    found: `exit code ${exitCode}: ${output.slice(-300).trim()}`,
  });
}

function breakWords(how: z.output<typeof recoverySchema>["break"]): string {
  if ("command" in how) return `break it with ${typeof how.command === "string" ? how.command : how.command.join(" ")}`;
  const whom = how.pid ?? how.pidFile ?? "the probe's target";
  return `${how.signal} to ${whom}`;
}
