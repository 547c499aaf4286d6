import { type CallNode, type FunctionNode, type Node, propertyName, unwrap } from "../ast.js";
import { implicitMethods } from "../suspending-calls.js";
import type { Context } from "./types.js";

export type Implicit = ReturnType<typeof makeImplicit>;

/** Functions that JavaScript calls in the middle of an expression: accessors in descriptors, traps of proxies. */
export function makeImplicit() {
  const implicit = new Set<Node>();

  const isImplicitKey = (key: Node, computed: boolean): boolean =>
    implicitMethods.has(propertyName(key, computed) ?? "") ||
    (computed && key.type === "MemberExpression" && key.object.type === "Identifier" && key.object.name === "Symbol");

  function findImplicit(name: string | undefined, node: CallNode): undefined {
    if (node.type === "TaggedTemplateExpression") return;
    const callee = unwrap(node.callee);
    const proxy = node.type === "NewExpression" && callee.type === "Identifier" && callee.name === "Proxy";
    if (!proxy && name !== "defineProperty" && name !== "defineProperties") return;
    const key = node.arguments[1];
    const symbol = key?.type === "MemberExpression" && isImplicitKey(key, true);
    const search = (object: Node | undefined, nested: boolean): undefined => {
      if (object?.type !== "ObjectExpression") return;
      for (const p of object.properties) {
        if (p.type !== "Property") continue;
        const own = propertyName(p.key, p.computed);
        if (nested) search(unwrap(p.value), false);
        else if (proxy || own === "get" || own === "set" || symbol) implicit.add(unwrap(p.value));
      }
    };
    const last = node.arguments.at(-1);
    if (last !== undefined) search(unwrap(last), name === "defineProperties");
  }

  function functionContext(fn: FunctionNode): Context {
    if (implicit.has(fn) && !fn.async && !fn.generator) return { kind: "implicit", fn, async: false };
    return { kind: fn.generator && !fn.async ? "generator" : "function", fn, async: fn.async };
  }

  return {
    isImplicitKey,
    findImplicit,
    functionContext,
    /** The function is one of them. */
    add: (fn: Node): void => {
      implicit.add(fn);
    },
  };
}
