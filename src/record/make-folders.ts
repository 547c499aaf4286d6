import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Problem } from "../model/problem.js";

/**
 * Makes a folder and those above it that are missing.
 *
 * Node's own recursive mkdir never returns where a file system answers ENOENT below an existing folder, as /proc does.
 *
 * @returns the uppermost folder that was missing; undefined where all were there
 * @throws the system's error (EACCES, ENOENT, ENOTDIR, …)
 */
export async function makeFolders(path: string): Promise<string | undefined> {
  if ((await stat(path).catch(() => undefined))?.isDirectory()) return undefined;
  const above = dirname(path) === path ? undefined : await makeFolders(dirname(path));
  const isMade = await mkdir(path).then(
    () => true,
    // Another process may have made it meanwhile; a file in its place shows in the next step.
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return false;
      throw error;
    },
  );
  return above ?? (isMade ? path : undefined);
}

/**
 * The same for a folder that the user named.
 *
 * @throws {Problem} `folder.not-writable`
 */
export async function makeNamedFolders(path: string): Promise<void> {
  try {
    await makeFolders(path);
  } catch (error) {
    throw new Problem("folder.not-writable", "The folder cannot be made.", {
      at: path,
      found: (error as NodeJS.ErrnoException).code ?? String(error),
      expected: "a folder that exists, or can be made",
      hint: "Make its parent writable, or name another folder.",
      cause: error,
    });
  }
}
