import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import type { Message } from "esbuild";
import { Problem } from "../model/problem.js";
import { build } from "./esbuild.js";
import {
  cachedModules,
  cacheFolder,
  type Lock,
  lockFolder,
  lockName,
  readLock,
  remoteImports,
  sha256,
} from "./remote.js";

export interface VendorOptions {
  /** Fetch what is pinned already, and pin what comes now. */
  readonly update?: boolean;
}

export interface Vendored {
  /** The lock's path. */
  readonly lock: string;
  readonly modules: readonly { readonly url: string; readonly sha256: string; readonly fetched: boolean }[];
}

const fetchTimeoutMs = 30_000;
const moduleLimitBytes = 16 * 1024 * 1024;

/**
 * Fetches every module that a script imports by URL, directly or through others, and pins each by its sha256.
 *
 * @throws {Problem} `vendor.fetch-failed` with the URL; then nothing is pinned
 */
export async function vendorScript(script: string, { update = false }: VendorOptions = {}): Promise<Vendored> {
  const absolute = resolve(script);
  const folder = lockFolder(dirname(absolute));
  const before = readLock(folder);
  const cached = cachedModules(dirname(absolute));
  const found = new Map<string, { bytes: Uint8Array; fetched: boolean }>();
  const load = async (url: string): Promise<Uint8Array> => {
    const kept = update || before.modules[url] === undefined ? undefined : await cached(url).catch(() => undefined);
    const bytes = kept ?? (await download(url));
    const pinned = before.modules[url];
    if (!update && pinned !== undefined && sha256(bytes) !== pinned.sha256) {
      throw new Problem("vendor.changed", `${url} is no longer what was pinned.`, {
        at: url,
        found: sha256(bytes),
        expected: pinned.sha256,
        hint: "Read what changed, then pin it with --update.",
      });
    }
    found.set(url, { bytes, fetched: kept === undefined });
    return bytes;
  };
  try {
    await build({
      entryPoints: [absolute],
      bundle: true,
      write: false,
      format: "esm",
      platform: "neutral",
      mainFields: ["module", "main"],
      logLevel: "silent",
      plugins: [remoteImports(load)],
    });
  } catch (error) {
    const first = (error as { errors?: Message[] }).errors?.[0];
    if (first?.detail instanceof Problem) throw first.detail;
    const at = first?.location ? `${first.location.file}:${first.location.line}` : absolute;
    throw new Problem("vendor.script-unreadable", first?.text ?? (error as Error).message, { at });
  }
  const lock: Lock = { schema: "loadline.lock/1", modules: { ...before.modules } };
  await makeCache(folder);
  for (const [url, { bytes }] of found) {
    const digest = sha256(bytes);
    await writeAtomic(join(folder, cacheFolder, `${digest}.js`), bytes);
    lock.modules[url] = { sha256: digest };
  }
  const sorted = Object.fromEntries(Object.entries(lock.modules).sort(([a], [b]) => (a < b ? -1 : 1)));
  const path = join(folder, lockName);
  await writeAtomic(path, `${JSON.stringify({ ...lock, modules: sorted }, undefined, 2)}\n`);
  return {
    lock: path,
    modules: [...found].map(([url, { bytes, fetched }]) => ({ url, sha256: sha256(bytes), fetched })),
  };
}

async function download(url: string): Promise<Uint8Array> {
  const failed = (found: unknown): Problem =>
    new Problem("vendor.fetch-failed", `${url} cannot be fetched.`, {
      at: url,
      found,
      hint: "Check the URL and the network; NODE_EXTRA_CA_CERTS names a private authority.",
    });
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(fetchTimeoutMs) });
    if (!response.ok) throw failed(`status ${response.status}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (bytes.length > moduleLimitBytes) throw failed(`${bytes.length} bytes`);
    return bytes;
  } catch (error) {
    if (error instanceof Problem) throw error;
    const { cause, message } = error as Error;
    throw failed(cause instanceof Error ? cause.message : message);
  }
}

async function writeAtomic(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

/** Step by step: Node's recursive mkdir never returns in folders such as /proc. */
async function makeCache(folder: string): Promise<void> {
  let path = folder;
  for (const part of cacheFolder.split(sep)) {
    path = join(path, part);
    await mkdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") {
        const found = error.code ?? error.message;
        throw new Problem("vendor.not-writable", "The folder for vendored modules cannot be made.", {
          at: path,
          found,
        });
      }
    });
  }
}
