import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Problem } from "../model/problem.js";
import { type StartedTarget, startTarget } from "../monitor/command.js";
import type { OwnTarget } from "./probe-kind.js";
import { commandWords, quoteWords } from "./words.js";

export interface OwnTargetInput {
  readonly command: string | readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly readyUrl: string | undefined;
  readonly folder: string;
  readonly timeoutMs: number;
}

/** Starts a target for one probe; `close` stops it and removes what it wrote. */
export async function startOwnTarget(given: OwnTargetInput): Promise<OwnTarget & { close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "loadline-probe-"));
  const logFile = join(folder, "output.log");
  let current: StartedTarget | undefined;
  const start = async (): Promise<void> => {
    current = await startTarget({
      name: "the probe's target",
      command: quoteWords(commandWords(given.command)),
      env: given.env,
      cwd: given.folder,
      readyUrl: given.readyUrl,
      readyTimeoutMs: given.timeoutMs,
      logFile,
    });
  };
  const close = async (): Promise<void> => {
    await current?.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await close();
    // The log goes with the folder: its last line is in the hint, the path would lead nowhere.
    if (!(error instanceof Problem)) throw error;
    throw new Problem(error.code, error.message, {
      found: error.found,
      hint: (error.hint ?? "").replace(/^Its output is in \S+; it /, "It "),
      cause: error,
    });
  }
  return {
    get url() {
      return current!.url ?? (given.readyUrl === undefined ? undefined : new URL(given.readyUrl).origin);
    },
    get pid() {
      return current!.pid;
    },
    logFile,
    async startAgain() {
      await current!.stop();
      await start();
    },
    close,
  };
}
