import type { ProbeResult } from "../model/probe.js";
import { Problem } from "../model/problem.js";
import { commandWords, quoteWords } from "../probe/words.js";
import { writeFileAtomic } from "../record/atomic.js";
import { findRun } from "../record/find.js";
import { loadConfig } from "./config.js";
import { RunProbes } from "./probes.js";
import type { WatchedCommand } from "./run-request.js";
import { TargetWatch } from "./target-watch.js";

export interface ProbesAloneRequest {
  readonly names: readonly string[] | undefined;
  /** Path of the config; the folder's own unless given. */
  readonly config: string | undefined;
  readonly baseUrl: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly commands: readonly WatchedCommand[];
  /** A run whose folder takes the evidence. */
  readonly run: string | undefined;
  readonly reportsDir: string;
  /** A file that takes the evidence. */
  readonly out: string | undefined;
  readonly signal: AbortSignal;
  readonly onResult: (result: ProbeResult) => void;
  readonly onWarning: (text: string) => void;
}

/**
 * Runs the probes of a config with no load, against a target that is there or that is started for it.
 *
 * @throws {Problem} `config.*`, `probe.unknown`, `probe.none`, `run.not-found`, `command.*`
 */
export async function probesAlone(request: ProbesAloneRequest): Promise<{
  readonly results: readonly ProbeResult[];
  readonly passed: boolean;
  readonly folder: string | undefined;
}> {
  const config = await loadConfig(request.config);
  if (config === undefined) {
    throw new Problem("config.not-found", "There is no loadline.config.ts in this folder.", {
      hint: "Give one with --config FILE, or write one; docs/probes.md shows how.",
    });
  }
  const folder = request.run === undefined ? undefined : findRun(request.reportsDir, request.run);
  const watch = await TargetWatch.open(
    {
      pids: [],
      commands: request.commands.map((watched) => ({ ...watched, command: quoteWords(commandWords(watched.command)) })),
    },
    request.onWarning,
  );
  try {
    const probes = new RunProbes(
      { config, names: request.names, onResult: request.onResult },
      { baseUrl: request.baseUrl ?? watch.url, env: request.env, outputs: watch.logs },
    );
    const giveUp = (): void => probes.giveUp();
    request.signal.addEventListener("abort", giveUp, { once: true });
    await probes.all();
    if (folder !== undefined) await probes.write(folder);
    if (request.out !== undefined) await writeEvidence(request.out, probes.results);
    return { results: probes.results, passed: probes.passed, folder };
  } finally {
    await watch.close(undefined);
  }
}

async function writeEvidence(path: string, results: readonly ProbeResult[]): Promise<void> {
  try {
    await writeFileAtomic(path, `${JSON.stringify(results, undefined, 2)}\n`);
  } catch (cause) {
    throw new Problem("output.not-writable", `${path} cannot be written.`, {
      at: path,
      found: (cause as NodeJS.ErrnoException).code,
      hint: "Name a file in a folder that exists and that you may write to.",
      cause,
    });
  }
}
