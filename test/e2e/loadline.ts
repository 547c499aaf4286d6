import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runManifestSchema } from "../../src/model/run.js";
import { readJsonFile } from "../../src/record/json-file.js";

/** The built command line, as a user has it. `npm test` builds it first. */
export const bin = process.env.LOADLINE_BIN ?? join(import.meta.dirname, "../../dist/cli/bin.js");
export const scripts = join(import.meta.dirname, "scripts");

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
  /** Resolves when the output so far holds the text. */
  says(text: string): Promise<void>;
  /** What it has written to stdout so far. */
  stdout(): string;
}

/** Starts `loadline …` in a folder; plain output unless the environment says otherwise. */
export function start(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Running {
  // vitest sets BASE_URL for pages of its own.
  const { FORCE_COLOR: _, BASE_URL: __, ...inherited } = process.env;
  const child = spawn(process.execPath, [bin, ...args], { cwd, env: { ...inherited, CI: "true", ...env } });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const outcome = new Promise<Outcome>((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
  return {
    child,
    outcome,
    stdout: () => stdout,
    async says(text) {
      for (let i = 0; i < 400 && !(stdout + stderr).includes(text); i += 1) {
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      if (!(stdout + stderr).includes(text)) throw new Error(`never said "${text}":\n${stdout}\n${stderr}`);
    },
  };
}

export function loadline(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return start(args, cwd, env).outcome;
}

/** A folder of its own, removed at the end. */
export function scratch(): { readonly dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), "loadline-e2e-"));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** The only run folder of a scenario, or the newest. */
export function runFolder(dir: string, scenario: string): string {
  const ids = readdirSync(join(dir, "reports", scenario)).sort();
  return join(dir, "reports", scenario, ids.at(-1)!);
}

export function manifestOf(folder: string) {
  return readJsonFile(join(folder, "run.json"), runManifestSchema, "run", "");
}

/** The demo target as a process of its own. */
export async function demoTarget(...flags: string[]): Promise<{ url: string; pid: number; stop(): Promise<void> }> {
  const running = start(["demo-target", "--port", "0", "--quiet", ...flags], tmpdir());
  await running.says("listening");
  const { url, pid } = JSON.parse(running.stdout()) as { url: string; pid: number };
  return {
    url,
    pid,
    async stop() {
      running.child.kill("SIGTERM");
      await running.outcome;
    },
  };
}

export const hasProc = existsSync("/proc/self/stat");
