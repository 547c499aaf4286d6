import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

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
