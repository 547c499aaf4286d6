import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import type { Script } from "../model/script.js";

/** A place in one of the script's files; the path is relative to the script's folder, line and column count from 1. */
export interface ScriptPosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

interface Frame extends ScriptPosition {
  readonly name: string;
}

const maps = new WeakMap<Script, TraceMap>();

function frames(error: unknown, script: Script): Frame[] {
  const stack =
    error instanceof Error || (typeof error === "object" && error !== null) ? (error as Error).stack : undefined;
  if (typeof stack !== "string") return [];
  let map = maps.get(script);
  if (map === undefined) {
    map = new TraceMap(script.sourceMap);
    maps.set(script, map);
  }
  const found: Frame[] = [];
  for (const line of stack.split("\n")) {
    const at = line.lastIndexOf(`${script.path}:`);
    const position = /^(\d+):(\d+)\)?$/.exec(line.slice(at + script.path.length + 1));
    if (at < 0 || position === null) continue;
    const original = originalPositionFor(map, { line: Number(position[1]), column: Number(position[2]) - 1 });
    if (original.source === null) continue;
    const name = /^\s*at (?:async )?(?:new )?(.+?) \($/.exec(line.slice(0, at))?.[1] ?? "";
    found.push({
      // esbuild names `export default function () {}` after its file.
      name: name.replace(/ \[as .*\]$/, "").replace(/^(.*)_default\d*$/, "default"),
      file: original.source,
      line: original.line,
      column: original.column + 1,
    });
  }
  return found;
}

/** Where in the script an error arose; undefined where no frame of the script is on its stack. */
export function scriptPosition(error: unknown, script: Script): ScriptPosition | undefined {
  const first = frames(error, script)[0];
  return first && { file: first.file, line: first.line, column: first.column };
}

/** The script's own frames, one a line, as `at fn (file:line:col)`; empty where there are none. */
export function scriptStack(error: unknown, script: Script): string {
  return frames(error, script)
    .map(({ name, file, line, column }) => `at ${name || "<anonymous>"} (${file}:${line}:${column})`)
    .join("\n");
}
