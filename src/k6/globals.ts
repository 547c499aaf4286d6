import type { Vu } from "../model/vu.js";
import { arrayBufferOf } from "./bytes.js";
import { scriptConsole } from "./console.js";
import { scriptMath } from "./random.js";
import { misuse } from "./script-fail.js";
import { timersOf } from "./timers.js";

/** What Node.js has and k6 has not. A script that finds them would run here and nowhere else, and unmeasured. */
const hidden = ["process", "Buffer", "fetch", "global", "setImmediate", "clearImmediate"];

/** The names that a script may use without importing them; `__VU` and `__ITER` are read anew at each use. */
export function scriptGlobals(vu: Vu): Record<string, unknown> {
  const timers = timersOf(vu);
  const globals: Record<string, unknown> = {
    __ENV: vu.env,
    console: scriptConsole(vu),
    open: openOf(vu),
    setTimeout: timers.setTimeout,
    clearTimeout: timers.clear,
    setInterval: timers.setInterval,
    clearInterval: timers.clear,
    Math: scriptMath(vu),
    ...Object.fromEntries(hidden.map((name) => [name, undefined])),
  };
  Object.defineProperty(globals, "__VU", { get: () => vu.idInInstance, enumerable: true });
  Object.defineProperty(globals, "__ITER", { get: () => vu.iterationInInstance, enumerable: true });
  return globals;
}

/** All VUs of an engine get the same text or buffer, so that a large file is in memory once. */
function openOf(vu: Vu): (path: unknown, mode?: unknown) => string | ArrayBuffer {
  return (path, mode) => {
    if (vu.phase !== "init") {
      throw misuse("k6.open-outside-init", "open() can be called only while the script is being loaded.", {
        at: String(path),
        found: `called during ${vu.phase}`,
        hint: "Open files at the top of the script, outside its functions.",
      });
    }
    if (typeof path !== "string" || path === "") {
      throw misuse("k6.open-path", "open() needs the path of a file.", { found: path });
    }
    const binary = typeof mode === "string" && mode.includes("b");
    const key = `open:${binary ? "b" : "t"}:${path}`;
    let content = vu.shared.get(key) as string | ArrayBuffer | undefined;
    if (content === undefined) {
      const bytes = vu.readFile(path);
      content = binary ? arrayBufferOf(bytes) : new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
      vu.shared.set(key, content);
    }
    return content;
  };
}
