import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { Problem } from "../model/problem.js";
import { formatDuration } from "../model/units.js";
import { groupLives, guardGroup, stopGroup } from "./group.js";
import { waitUntilReady } from "./ready.js";
import { splitWords } from "./words.js";

export interface TargetCommand {
  readonly name: string;
  /** Split into words as a shell would, but never given to one. */
  readonly command: string;
  /** Takes what the command writes, stdout and stderr, at its end. */
  readonly logFile: string;
  readonly cwd?: string | undefined;
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Ready when this answers with a status below 500. */
  readonly readyUrl?: string | undefined;
  /** Defaults to 30 s. */
  readonly readyTimeoutMs?: number | undefined;
  /** Told, in words, when the command ends before it is stopped. */
  readonly onWarning?: ((text: string) => void) | undefined;
}

export interface StartedTarget {
  readonly pid: number;
  /** Where it said that it listens, if it did. */
  readonly url?: string;
  /** How it ended, in words; settles when it does. */
  readonly ended: Promise<string>;
  /** SIGTERM to its process group, SIGKILL after five seconds. May be called again. */
  stop(): Promise<void>;
}

const readyTimeoutMs = 30_000;

/**
 * Starts the user's command in a process group of its own and waits until it is ready.
 *
 * @throws {Problem} `command.empty`, `command.unfinished-quote`, `command.not-started`, `command.ended-early`,
 *   `command.not-ready`; nothing is left running then
 */
export async function startTarget(given: TargetCommand): Promise<StartedTarget> {
  const [program, ...parameters] = splitWords(given.command);
  const log = openSync(given.logFile, "a");
  const logFrom = fstatSync(log).size;
  const child = spawn(program, parameters, {
    stdio: ["ignore", log, log],
    detached: true,
    env: { ...process.env, ...given.env },
    ...(given.cwd === undefined ? {} : { cwd: given.cwd }),
  });
  closeSync(log);
  let endedAs: string | undefined;
  const ended = new Promise<string>((tell) => {
    child.once("exit", (code, signal) => {
      endedAs = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
      tell(endedAs);
    });
  });
  try {
    await once(child, "spawn");
  } catch (error) {
    throw new Problem("command.not-started", `${given.name}: the command cannot be started.`, {
      at: "--command",
      found: program,
      expected: "a program that exists and may be run",
      hint: "Give its full path, or check PATH and the working folder.",
      cause: error,
    });
  }

  const pid = child.pid!;
  const releaseGuard = guardGroup(pid);
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopGroup(pid).then(releaseGuard);
    return stopping;
  };
  // Once the group is empty its number may go to others: nobody may signal it any more.
  void ended.then(() => {
    if (stopping === undefined && !groupLives(pid)) stopping = releaseGuard();
  });

  const timeoutMs = given.readyTimeoutMs ?? readyTimeoutMs;
  const ready = await waitUntilReady({
    logFile: given.logFile,
    logFrom,
    readyUrl: given.readyUrl,
    timeoutMs,
    hasEnded: () => endedAs !== undefined,
  });
  if (ready === undefined || endedAs !== undefined) {
    const hint = `Its output is in ${given.logFile}${lastLine(given.logFile, logFrom)}`;
    const problem =
      endedAs !== undefined
        ? new Problem("command.ended-early", `${given.name} ${endedAs} before it was ready.`, {
            at: "--command",
            found: given.command,
            hint,
          })
        : new Problem("command.not-ready", `${given.name} was not ready within ${formatDuration(timeoutMs)}.`, {
            at: given.readyUrl === undefined ? "--command" : given.readyUrl,
            found: given.command,
            hint,
          });
    await stop();
    throw problem;
  }
  let asked = false;
  void ended.then((how) => {
    if (!asked) given.onWarning?.(`${given.name} ${how} during the run.`);
  });
  return {
    pid,
    ...(ready.url === undefined ? {} : { url: ready.url }),
    ended,
    stop() {
      asked = true;
      return stop();
    },
  };
}

function lastLine(logFile: string, from: number): string {
  const lines = readFileSync(logFile).subarray(from).toString("utf8").trim().split("\n");
  const last = lines.at(-1) ?? "";
  return last === "" ? "; it wrote nothing." : `; it ends with: ${last.slice(0, 300)}`;
}
