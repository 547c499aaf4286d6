import { randomBytes } from "node:crypto";
import { type FileHandle, open, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Replaces a file so that a reader, or a crash at any moment, sees the old bytes or the new ones and never a mixture.
 *
 * Temporary file beside it, fsync, rename, fsync of the folder. Nothing is left behind on failure.
 *
 * @throws the system's error (ENOSPC, EACCES, …) with the old file untouched
 */
export async function writeFileAtomic(path: string, bytes: string | Uint8Array): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`);
  let file: FileHandle | undefined;
  try {
    file = await open(temporary, "wx");
    await file.writeFile(bytes);
    await file.sync();
    await file.close();
    file = undefined;
    await rename(temporary, path);
  } catch (error) {
    await file?.close().catch(() => {});
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(folder);
}

/** Makes a rename survive a power cut; some file systems cannot, and then the rename alone must do. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, "r");
    await handle.sync();
  } catch {
    // The new content is in place; only its durability is the file system's own affair.
  } finally {
    await handle?.close().catch(() => {});
  }
}
