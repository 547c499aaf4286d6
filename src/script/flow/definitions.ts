import type { ObjectExpression } from "acorn";
import { type ClassNode, type FunctionNode, isFunction, type Node, propertyName, unwrap } from "../ast.js";
import type { Scopes } from "../scope.js";
import type { Place } from "../values.js";
import type { Implicit } from "./implicit.js";
import type { Context } from "./types.js";
import type { World } from "./world.js";

/** What definitions need of the walk through the rest of the program. */
interface Walk {
  evaluate(node: Node, context: Context): Place;
  visit(node: Node, context: Context): void;
  assign(target: Node, from: Place, context: Context): void;
}

/** Follows what makes functions: declarations, classes and object literals, each with what surrounds its code. */
export function makeDefinitions(scopes: Scopes, world: World, implicit: Implicit, { evaluate, visit, assign }: Walk) {
  const { graph, nothing, anyName, unknown } = world;
  const { superclasses, parameters, spreadModule, property, variable, receiverOf, resultOf } = world;
  const { functionContext, isImplicitKey } = implicit;
  const contexts = new Map<FunctionNode, Context>();
  const superOf = new Map<FunctionNode, Place>();
  /** The function around a function, whose `this` and `arguments` an arrow has. */
  const outer = new Map<FunctionNode, FunctionNode | undefined>();

  return { visitFunction, makeFunction, makeClass, objectLiteral, thisOf, owner, contexts, superOf };

  /** The function whose `this` and `arguments` the code in `fn` has. */
  function owner(fn: FunctionNode | undefined): FunctionNode | undefined {
    let found = fn;
    while (found?.type === "ArrowFunctionExpression") found = outer.get(found);
    return found;
  }

  function thisOf(context: Context): Place {
    const fn = owner(context.fn);
    return fn === undefined ? nothing : receiverOf(fn);
  }

  function visitFunction(fn: FunctionNode, context: Context): void {
    contexts.set(fn, context);
    const places = fn.params.map(() => graph.place());
    parameters.set(fn, { places, rest: fn.params.at(-1)?.type === "RestElement" });
    fn.params.forEach((param, i) => {
      assign(param, places[i]!, context);
    });
    if (fn.body.type === "BlockStatement") visit(fn.body, context);
    else graph.connect(evaluate(fn.body, context), resultOf(fn));
  }

  function makeFunction(fn: FunctionNode, context: Context, value: Place): void {
    outer.set(fn, context.fn);
    if (context.fn !== undefined && fn.type === "ArrowFunctionExpression" && superOf.has(context.fn)) {
      superOf.set(fn, superOf.get(context.fn)!);
    }
    graph.add(value, { kind: "function", node: fn });
    visitFunction(fn, functionContext(fn));
  }

  function makeClass(node: ClassNode, context: Context): Place {
    const value = graph.place();
    graph.add(value, { kind: "class", node });
    if (node.id) graph.connect(value, variable(scopes.bindingOf.get(node.id)!));
    if (node.superClass) superclasses.set(node, evaluate(node.superClass, context));
    for (const m of node.body.body) {
      if (m.type === "StaticBlock") {
        const block: Context = { kind: "static", fn: undefined, async: false };
        for (const s of m.body) visit(s, block);
        continue;
      }
      if (m.computed) evaluate(m.key, context);
      const name = propertyName(m.key, m.computed);
      const to = name === undefined ? anyName : property(name);
      if (m.type === "PropertyDefinition") {
        if (m.value) graph.connect(evaluate(m.value, { kind: "field", fn: undefined, async: false }), to);
        continue;
      }
      const fn = m.value;
      outer.set(fn, undefined);
      if (superclasses.has(node)) superOf.set(fn, superclasses.get(node)!);
      if (m.kind === "method") {
        graph.add(to, { kind: "function", node: fn });
        if (isImplicitKey(m.key, m.computed)) implicit.add(fn);
        visitFunction(fn, functionContext(fn));
      } else {
        visitFunction(fn, {
          kind: m.kind === "get" ? "getter" : m.kind === "set" ? "setter" : "constructor",
          fn,
          async: false,
        });
        if (m.kind === "get") graph.connect(resultOf(fn), to);
        if (m.kind === "set") graph.connect(unknown, parameters.get(fn)!.places[0]!);
      }
    }
    return value;
  }

  function objectLiteral(node: ObjectExpression, context: Context): Place {
    for (const p of node.properties) {
      if (p.type === "SpreadElement") {
        graph.watch(evaluate(p.argument, context), (v) => v.kind === "module" && spreadModule(v.id));
        continue;
      }
      if (p.computed) evaluate(p.key, context);
      const name = propertyName(p.key, p.computed);
      const to = name === undefined ? anyName : property(name);
      if (isImplicitKey(p.key, p.computed)) implicit.add(unwrap(p.value));
      if (p.kind === "init") graph.connect(evaluate(p.value, context), to);
      else if (isFunction(p.value)) {
        outer.set(p.value, undefined);
        visitFunction(p.value, { kind: p.kind === "get" ? "getter" : "setter", fn: p.value, async: false });
        if (p.kind === "get") graph.connect(resultOf(p.value), to);
        else graph.connect(unknown, parameters.get(p.value)!.places[0]!);
      }
    }
    return nothing;
  }
}
