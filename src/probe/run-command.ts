import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { Problem } from "../model/problem.js";
import { stopGroup } from "../monitor/group.js";
import type { ProbeContext } from "./probe-kind.js";
import { commandWords } from "./words.js";

export interface CommandInput {
  readonly command: string | readonly string[];
  /** Only where the declaration asks for it. */
  readonly shell?: boolean;
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
}

export interface CommandEnd {
  /** null where a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** stdout and stderr as they came; the end of it where it was long. */
  readonly output: string;
  readonly durationMs: number;
}

/** What a limit or a pattern can be found in; endless output must not fill our memory. */
const outputLimit = 4 * 1024 * 1024;

/**
 * Runs a command to its end, in a process group of its own that ends with the probe's time.
 *
 * @throws {Problem} `probe.command-not-started`
 */
export async function runCommand(given: CommandInput, context: ProbeContext): Promise<CommandEnd> {
  const startMs = performance.now();
  const [program, ...parameters] =
    given.shell === true && typeof given.command === "string"
      ? (["/bin/sh", "-c", given.command] as const)
      : commandWords(given.command);
  const child = spawn(program, parameters, {
    cwd: resolve(context.folder, given.cwd ?? "."),
    env: { ...process.env, ...context.env, ...given.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const parts: Buffer[] = [];
  let bytes = 0;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (part: Buffer) => {
      parts.push(part);
      bytes += part.length;
      while (bytes - (parts[0]?.length ?? 0) > outputLimit) bytes -= parts.shift()!.length;
    });
  }
  const stop = (): void => {
    if (child.pid !== undefined) void stopGroup(child.pid, 500);
  };
  context.signal.addEventListener("abort", stop, { once: true });
  try {
    const [exitCode, signal] = await new Promise<[number | null, string | null]>((done, refuse) => {
      child.once("error", refuse);
      child.once("close", (code, by) => done([code, by]));
    });
    const output = Buffer.concat(parts).toString("utf8");
    return { exitCode, signal, output, durationMs: performance.now() - startMs };
  } catch (cause) {
    throw new Problem("probe.command-not-started", "The probe's command cannot be started.", {
      found: program,
      expected: "a program that exists and may be run",
      hint: "Give its full path, or check PATH. Pipes and variables need shell: true.",
      cause,
    });
  } finally {
    context.signal.removeEventListener("abort", stop);
  }
}
