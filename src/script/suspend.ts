import { originalPositionFor, sourceContentFor, TraceMap } from "@jridgewell/trace-mapping";
import { type Program, parse } from "acorn";
import { Problem } from "../model/problem.js";
import { children, type Node } from "./ast.js";
import { classifyCalls } from "./classify.js";
import { analyseFlow } from "./flow/analyse.js";
import { joinPieces } from "./output.js";
import { rewrite } from "./rewrite.js";
import { resolveScopes } from "./scope.js";

/** A bundled module after the transform. */
export interface SuspendedModule {
  /** `(function (require, exports, <runtime>, <runtime>_globals) {…})`. */
  readonly code: string;
  /** JSON; from `code` to the script's own files. */
  readonly sourceMap: string;
  readonly warnings: readonly string[];
}

function findNode(node: Node, wanted: (node: Node) => boolean, enter: (node: Node) => boolean): Node | undefined {
  if (wanted(node)) return node;
  for (const child of children(node)) {
    const found = enter(child) ? findNode(child, wanted, enter) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Compiles the blocking calls of a bundled ES module into awaited ones.
 *
 * @param source esbuild's ES module output
 * @param sourceMap its source map, JSON
 * @throws {Problem} `script.cannot-suspend` where JavaScript has no way to wait, with the script's file and line
 */
export function suspendModule(source: string, sourceMap: string): SuspendedModule {
  const program: Program = parse(source, { ecmaVersion: "latest", sourceType: "module", preserveParens: true });
  const map = new TraceMap(sourceMap);
  const lineStarts = [0];
  for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) lineStarts.push(at + 1);

  function original(offset: number): { place: string; line: string } {
    const line = lineStarts.findLastIndex((start) => start <= offset);
    const found = originalPositionFor(map, { line: line + 1, column: offset - lineStarts[line]! });
    if (found.source === null) return { place: "the script", line: "" };
    const text = sourceContentFor(map, found.source)?.split("\n")[found.line - 1] ?? "";
    return { place: `${found.source}:${found.line}:${found.column + 1}`, line: text.trim() };
  }

  function refuse(node: Node, what: string, hint: string): never {
    const { place, line } = original(node.start);
    throw new Problem(
      "script.cannot-suspend",
      what.replace(/^./, (c) => c.toUpperCase()),
      { at: place, found: line, hint },
    );
  }

  const notFunction = (node: Node): boolean => !/Function|^MethodDefinition$|^PropertyDefinition$/.test(node.type);
  const loopsOverPromises = (node: Node): boolean => node.type === "ForOfStatement" && Boolean(node.await);
  const topLoop = findNode(program, loopsOverPromises, notFunction);
  if (topLoop)
    refuse(topLoop, "the top level of the script cannot wait", "Move it into setup() or the default function.");

  const scopes = resolveScopes(program);
  const flow = analyseFlow(program, scopes);
  const classified = classifyCalls(flow);
  const first = classified.impossible[0];
  if (first !== undefined) {
    refuse(
      first.node,
      "this callback suspends, but the function that calls it needs its answer at once",
      "Make the requests before in a loop, and let the callback use their responses.",
    );
  }
  let runtime = "__ll";
  while (source.includes(runtime)) runtime += "_";
  const pieces = rewrite({
    source,
    program,
    scopes,
    flow,
    classified,
    runtime,
    place: (o) => original(o).place,
    refuse,
  });
  const head = `(function (require, exports, ${runtime}, ${runtime}_globals) { "use strict"; `;
  const { code, mappings } = joinPieces([head, ...pieces, "})"], source, map);
  const warnings = scopes.free
    .filter((id) => id.name === "eval")
    .map((id) => `${original(id.start).place}: code inside eval() is not compiled, so requests in it do not block.`);
  const { sources, sourcesContent } = JSON.parse(sourceMap) as { sources: string[]; sourcesContent: string[] };
  return {
    code,
    sourceMap: JSON.stringify({ version: 3, sources, sourcesContent, names: [], mappings }),
    warnings,
  };
}
