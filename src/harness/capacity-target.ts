import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exitCodes, Problem } from "../model/problem.js";
import { redactUrl } from "../model/redact.js";
import { type StartedTarget, startTarget } from "../monitor/command.js";
import { withOwnProgram } from "../probe/words.js";
import { folderName } from "../record/folder.js";
import type { WatchedCommand, WatchedPid } from "./run-request.js";

/** The variable under which the script of a bare URL gets it: no URL is written into a file. */
export const urlVariable = "LOADLINE_CAPACITY_URL";

/** @returns undefined for what is a script */
export function urlOf(target: string): URL | undefined {
  if (!/^https?:\/\//i.test(target)) return undefined;
  if (URL.canParse(target)) return new URL(target);
  throw new Problem("capacity.url", "This is no URL.", {
    found: redactUrl(target),
    expected: "such as http://127.0.0.1:8080/api/items",
    exitCode: exitCodes.usage,
  });
}

/**
 * A capacity search drives its target until it breaks, so a target elsewhere needs the user's word.
 *
 * @param texts the target, and what the script gets told: every URL among them is looked at
 * @throws {Problem} `capacity.remote`
 */
export function refuseRemote(texts: readonly string[], allowed: boolean): void {
  if (allowed) return;
  const remote = texts.flatMap((text) => urlOf(text) ?? []).find((url) => !isLoopback(url.hostname));
  if (remote === undefined) return;
  throw new Problem("capacity.remote", `${remote.host} is not this machine.`, {
    found: redactUrl(remote.href),
    expected: "a loopback address, or --allow-remote",
    hint: "This search loads its target until it fails. Add --allow-remote where it is yours and nobody depends on it.",
    exitCode: exitCodes.usage,
  });
}

/** `localhost`, 127.0.0.0/8 and ::1, in the form that {@link URL} gives a host. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\])$/i.test(hostname);
}

/** A script of one GET for a bare URL; its name is the scenario's. */
export async function writeUrlScript(folder: string, url: URL): Promise<string> {
  const path = join(folder, `${scenarioOfUrl(url)}.js`);
  await writeFile(
    path,
    `// What loadline capacity drives for a bare URL: one GET an iteration.
import http from "k6/http";

export default function () {
  http.get(__ENV.${urlVariable});
}
`,
  );
  return path;
}

/** Host and path of a URL as a scenario's name. */
export function scenarioOfUrl(url: URL): string {
  return folderName(`${url.host}${url.pathname}`);
}

/** The commands that a search starts once and watches in every step, as processes. */
export interface StartedCommands {
  /** Where the first of them said that it listens. */
  readonly url: string | undefined;
  readonly pids: readonly WatchedPid[];
  stop(): Promise<void>;
}

/** @throws {Problem} for a command that does not start; nothing is left running then */
export async function startCommands(
  commands: readonly WatchedCommand[],
  onWarning: (text: string) => void,
): Promise<StartedCommands> {
  const logs = await mkdtemp(join(tmpdir(), "loadline-"));
  const started: { name: string; target: StartedTarget }[] = [];
  const stop = async (): Promise<void> => {
    for (const { target } of started.splice(0)) await target.stop();
    await rm(logs, { recursive: true, force: true });
  };
  try {
    for (const { name, command, readyUrl } of commands) {
      const logFile = join(logs, `${name}.log`);
      started.push({
        name,
        target: await startTarget({ name, command: withOwnProgram(command), readyUrl, logFile, onWarning }),
      });
    }
  } catch (error) {
    // The message names the log, so it stays.
    for (const { target } of started.splice(0)) await target.stop();
    throw error;
  }
  return {
    url: started.find(({ target }) => target.url !== undefined)?.target.url,
    pids: started.map(({ name, target }) => ({ name, pid: target.pid })),
    stop,
  };
}
