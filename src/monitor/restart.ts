import { spawn } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { Problem } from "../model/problem.js";
import { formatDuration } from "../model/units.js";
import { answers } from "./ready.js";
import { splitWords } from "./words.js";

export interface Restart {
  /** Split into words as a shell would, but never given to one. */
  readonly command: string;
  /** The target is there again when this answers with a status below 500. */
  readonly readyUrl?: string | undefined;
  /** For the command and then for the answer; 60 s unless given. */
  readonly timeoutMs?: number | undefined;
}

const usualTimeoutMs = 60_000;
const pollMs = 100;
const keptBytes = 4096;

/**
 * Has somebody else's target started anew by a command that ends, such as `systemctl restart api`.
 *
 * @param isStopped asked while it waits: whether the user wants no more runs
 * @throws {Problem} `restart.failed`, `restart.timed-out`, `restart.not-ready`, and as `splitWords`
 */
export async function restartTarget(restart: Restart, isStopped: () => boolean = () => false): Promise<void> {
  const timeoutMs = restart.timeoutMs ?? usualTimeoutMs;
  await runToEnd(restart.command, timeoutMs);
  if (restart.readyUrl === undefined) return;
  const deadline = performance.now() + timeoutMs;
  while (!isStopped()) {
    if (await answers(restart.readyUrl)) return;
    if (performance.now() > deadline) {
      throw new Problem(
        "restart.not-ready",
        `The target did not answer within ${formatDuration(timeoutMs)} of its restart.`,
        {
          at: "--ready-url",
          found: restart.readyUrl,
          expected: "an answer with a status below 500",
          hint: "Check the address, and that the command really starts the target.",
        },
      );
    }
    await wait(pollMs);
  }
}

function runToEnd(command: string, timeoutMs: number): Promise<void> {
  const [program, ...parameters] = splitWords(command);
  return new Promise((done, fail) => {
    const refuse = (code: string, message: string, expected: string, hint: string) =>
      fail(new Problem(code, message, { at: "--restart-command", found: command, expected, hint }));
    let said = "";
    // A daemon that it leaves behind may hold its output open: wait for the exit, not for the end of the output.
    const child = spawn(program, parameters, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said = (said + text).slice(-keptBytes);
      });
    }
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      const expected = `an end within ${formatDuration(timeoutMs)}`;
      const hint = "A command that goes on is a target of its own: start it for each run with --command.";
      refuse("restart.timed-out", "The restart command did not end.", expected, hint);
    }, timeoutMs);
    child.once("error", (error) => {
      clearTimeout(timer);
      const hint = `Give its full path, or check PATH. The system said: ${error.message}`;
      refuse("restart.failed", "The restart command cannot be started.", "a program that exists", hint);
    });
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      if (code === 0) return done();
      const how = signal === null ? `with code ${code}` : `by ${signal}`;
      const last = said.trim().split("\n").at(-1) ?? "";
      const hint = last === "" ? "It wrote nothing; try it by hand." : `Its last words: ${last.slice(0, 300)}`;
      refuse("restart.failed", `The restart command ended ${how}.`, "an end with code 0", hint);
    });
  });
}
