import type { ArrowFunctionExpression, ObjectExpression } from "acorn";
import { type CallNode, isFunction, type Node, propertyName, unwrap } from "../ast.js";
import type { Scopes } from "../scope.js";
import type { Place } from "../values.js";
import { type Context, topLevel, type Walk } from "./types.js";
import type { World } from "./world.js";

/** esbuild's own glue, whose meaning is given here because its code hides it. */
export const glue = new Set([
  "__commonJS",
  "__esm",
  "__export",
  "__copyProps",
  "__toESM",
  "__toCommonJS",
  "__require",
  "__reExport",
]);

/** Follows calls of the glue: modules that wait for their first use, exports, and the bridges between module kinds. */
export function makeGlue(scopes: Scopes, world: World, walk: Pick<Walk, "evaluate" | "visitFunction">) {
  const { graph, nothing, moduleValue, property, union } = world;
  const { evaluate, visitFunction } = walk;

  return callGlue;

  function exportedGlue(object: ObjectExpression): void {
    for (const p of object.properties) {
      if (p.type !== "Property") continue;
      const name = propertyName(p.key, p.computed);
      const getter = p.value as ArrowFunctionExpression;
      if (name !== undefined) graph.connect(evaluate(getter.body, topLevel), property(name));
    }
  }

  /** A call of esbuild's glue; undefined where it is not one. */
  function callGlue(node: CallNode, context: Context): Place | undefined {
    if (node.type !== "CallExpression") return undefined;
    const callee = unwrap(node.callee);
    if (callee.type !== "Identifier") return undefined;
    const [first, second] = node.arguments;
    const isRequire = callee.name === "__require" || (callee.name === "require" && !scopes.bindingOf.has(callee));
    if (isRequire && first?.type === "Literal" && typeof first.value === "string") {
      const place = graph.place();
      graph.add(place, moduleValue(first.value));
      return place;
    }
    if (!glue.has(callee.name) || first === undefined) return undefined;
    if (callee.name === "__commonJS" || callee.name === "__esm") {
      if (first.type !== "ObjectExpression") return undefined;
      // The body of a CommonJS file is module code: it runs while the script loads, and cannot wait.
      for (const p of first.properties) {
        if (p.type === "Property" && isFunction(p.value))
          visitFunction(p.value, { kind: "top", fn: p.value, async: false });
      }
      const module = graph.place();
      graph.watch(property("exports"), (value) => graph.add(module, value));
      return module;
    }
    if (callee.name === "__export" && second?.type === "ObjectExpression") {
      exportedGlue(second);
      return nothing;
    }
    const places = node.arguments.map((a) => evaluate(a as Node, context));
    if (callee.name === "__toESM") graph.connect(places[0]!, property("default"));
    return union(...places);
  }
}
