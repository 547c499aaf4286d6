import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";
import { Problem } from "../model/problem.js";

const run = promisify(execFile);
const versionTimeoutMs = 20_000;

export interface K6Binary {
  /** Absolute. */
  readonly path: string;
  /** "0.49.0" */
  readonly version: string;
}

const remedy =
  "Install k6, or name its binary with --k6-binary PATH or K6_BINARY; without --engine k6 the script runs in Loadline's own engine.";

/**
 * The k6 to run: the one named, else K6_BINARY's, else the first on the PATH.
 *
 * @throws {Problem} `k6.not-found`, or `k6.not-usable` for a file that does not answer as k6 does
 */
export async function findK6(
  named: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<K6Binary> {
  const given = named ?? (env.K6_BINARY || undefined);
  const at = named !== undefined ? "--k6-binary" : given !== undefined ? "K6_BINARY" : "PATH";
  const path = given === undefined ? onPath(env.PATH ?? "") : isProgram(resolve(given)) ? resolve(given) : undefined;
  if (path === undefined) {
    throw new Problem("k6.not-found", "There is no k6 to run the script with.", {
      at,
      found: given ?? "no program named k6 in any of its folders",
      expected: "an executable k6 binary",
      hint: remedy,
    });
  }
  return { path, version: await versionOf(path, at) };
}

function onPath(folders: string): string | undefined {
  return folders
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(resolve(folder), "k6"))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** k6 says "k6 v0.49.0 (go1.19.8, linux/amd64)"; builds with extensions add lines. */
async function versionOf(path: string, at: string): Promise<string> {
  const said = await run(path, ["version"], { timeout: versionTimeoutMs, maxBuffer: 1 << 20 }).then(
    ({ stdout }) => stdout,
    (error: Error & { stderr?: string }) => `${error.message}\n${error.stderr ?? ""}`,
  );
  const version = /^k6(?:\.exe)? v?(\d+\.\d+\.\d+\S*)/m.exec(said)?.[1];
  if (version !== undefined) return version;
  throw new Problem("k6.not-usable", `${path} does not answer as k6 does.`, {
    at,
    found: said.trim().split("\n")[0]?.slice(0, 200) || "nothing",
    expected: 'a line like "k6 v1.4.0" in answer to: k6 version',
    hint: remedy,
  });
}
