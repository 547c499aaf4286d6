import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Loader, Plugin } from "esbuild";
import * as z from "zod";
import { exitCodes, Problem } from "../model/problem.js";

/** Beside the script, or in the current folder: which text each imported URL stands for. */
export const lockName = "loadline.lock";
/** Beside the lock: the texts. */
export const cacheFolder = join(".loadline", "modules");

const lockSchema = z.object({
  schema: z.literal("loadline.lock/1"),
  modules: z.record(z.string(), z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});
export type Lock = z.infer<typeof lockSchema>;

/** The folder of the lock that holds for a script: its own where it has one, else the current one. */
export function lockFolder(scriptFolder: string): string {
  return existsSync(join(scriptFolder, lockName)) ? scriptFolder : process.cwd();
}

/** @throws {Problem} `lock.invalid`; an absent lock is an empty one */
export function readLock(folder: string): Lock {
  const path = join(folder, lockName);
  if (!existsSync(path)) return { schema: "loadline.lock/1", modules: {} };
  try {
    return lockSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    throw new Problem("lock.invalid", "The lock of imported modules cannot be read.", {
      at: path,
      found: cause instanceof z.ZodError ? cause.issues[0]?.message : (cause as Error).message,
      hint: "Take it from version control, or write it anew with loadline vendor --update.",
      cause,
    });
  }
}

/** Libraries of k6 whose functions are part of this program, whatever version a script names. */
export function builtInLibrary(url: string): string | undefined {
  const name = /^https:\/\/jslib\.k6\.io\/(k6-utils|k6-summary|httpx)\/[^/]+\/index\.js$/.exec(url)?.[1];
  if (name === undefined) return undefined;
  const compiled = new URL(`../k6/jslib/${name}.js`, import.meta.url);
  return fileURLToPath(existsSync(compiled) ? compiled : new URL(`../k6/jslib/${name}.ts`, import.meta.url));
}

/** True for the files of {@link builtInLibrary}, which are no part of the script. */
export function isBuiltIn(path: string): boolean {
  return dirname(path) === fileURLToPath(new URL("../k6/jslib", import.meta.url));
}

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

export function loaderOf(url: string): Loader {
  const { pathname } = new URL(url);
  return pathname.endsWith(".ts") ? "ts" : pathname.endsWith(".json") ? "json" : "js";
}

/** Gets a module's text by its URL. */
export type LoadModule = (url: string) => Promise<Uint8Array>;

/**
 * Imports by URL: libraries that are built in, and modules that `load` finds. Imports within a module are relative to
 * its URL.
 */
export function remoteImports(load: LoadModule): Plugin {
  return {
    name: "remote-imports",
    setup(builder) {
      builder.onResolve({ filter: /^(https?:)?\/\// }, ({ path }) => {
        const builtIn = builtInLibrary(path);
        return builtIn === undefined ? { path, namespace: "remote" } : { path: builtIn };
      });
      builder.onResolve({ filter: /^k6($|\/)/ }, ({ path }) => ({ path, external: true }));
      builder.onResolve({ filter: /^\.{0,2}\//, namespace: "remote" }, ({ path, importer }) => ({
        path: new URL(path, importer).href,
        namespace: "remote",
      }));
      builder.onLoad({ filter: /.*/, namespace: "remote" }, async ({ path }) => {
        try {
          return { contents: await load(path), loader: loaderOf(path) };
        } catch (error) {
          return { errors: [{ text: `remote import ${path}`, detail: error }] };
        }
      });
    },
  };
}

/** Modules from the cache, each checked against its lock; never from the network. */
export function cachedModules(scriptFolder: string): LoadModule {
  const folder = lockFolder(scriptFolder);
  let lock: Lock | undefined;
  return async (url) => {
    lock ??= readLock(folder);
    const pinned = lock.modules[url];
    const hint = "Run loadline vendor SCRIPT once where there is a network, and keep loadline.lock and .loadline/.";
    if (pinned === undefined) {
      throw new Problem("script.remote-import", `The import ${url} is not in the cache.`, {
        found: url,
        hint,
        exitCode: exitCodes.scriptException,
      });
    }
    const path = join(folder, cacheFolder, `${pinned.sha256}.js`);
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes === undefined) {
      throw new Problem("script.remote-import", `The import ${url} is locked, but its text is missing.`, {
        found: path,
        hint,
      });
    }
    if (sha256(bytes) === pinned.sha256) return bytes;
    throw new Problem("script.remote-import", `The cached text of ${url} is not the one that was locked.`, {
      found: sha256(bytes),
      expected: pinned.sha256,
      hint: "Restore the file, or pin the new text with loadline vendor --update.",
    });
  };
}
