import { basename, extname, resolve } from "node:path";
import type { Script } from "../model/script.js";
import { sha256 } from "./remote.js";

/** What is known of a script by its file alone, uncompiled. */
export function describeScript(path: string, bytes: Uint8Array): Script {
  const absolute = resolve(path);
  return {
    path: absolute,
    name: basename(absolute, extname(absolute)),
    sha256: sha256(bytes),
    files: [{ path: basename(absolute), sha256: sha256(bytes) }],
    modules: [],
    code: "",
    sourceMap: "",
    warnings: [],
  };
}
