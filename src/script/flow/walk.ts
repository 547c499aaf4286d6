import type { Identifier, ObjectExpression, Program } from "acorn";
import {
  type ClassNode,
  children,
  type FunctionNode,
  isClass,
  isFunction,
  type Node,
  propertyName,
  unwrap,
} from "../ast.js";
import type { Binding, Scopes } from "../scope.js";
import type { Place } from "../values.js";
import { makeCalls } from "./calls.js";
import { glue } from "./glue.js";
import { makeImplicit } from "./implicit.js";
import { makeMembers } from "./members.js";
import { type CallSite, type Context, topLevel } from "./types.js";
import type { World } from "./world.js";

/** What was found on the way. */
export interface Walked {
  readonly sites: readonly CallSite[];
  readonly contexts: ReadonlyMap<FunctionNode, Context>;
}

/** Goes through the program once, and lets every expression's values flow to wherever they are kept. */
export function walk(program: Program, scopes: Scopes, world: World): Walked {
  const { graph, nothing, heap, anyName, calledByUnknown, unknown, exported } = world;
  const { superclasses, parameters, moduleValue, spreadModule, property, variable, union, read } = world;
  const { receiverOf, resultOf } = world;
  const contexts = new Map<FunctionNode, Context>();
  const literals = new Map<Binding, ObjectExpression>();
  const evaluated = new Map<Node, Place>();
  const superOf = new Map<FunctionNode, Place>();
  const outer = new Map<FunctionNode, FunctionNode | undefined>();
  const members = makeMembers(program, scopes, world);
  const { importedModule, member, takeMembers } = members;
  const implicit = makeImplicit();
  const { functionContext, isImplicitKey } = implicit;
  const { call, sites, settleChecks } = makeCalls(scopes, world, members, implicit, {
    ...{ evaluate, visitFunction, thisOf, superOf, evaluated, literals },
  });

  for (const statement of program.body) visit(statement, topLevel);
  graph.settle();
  settleChecks();
  return { sites, contexts };

  function thisOf(context: Context): Place {
    let fn = context.fn;
    while (fn?.type === "ArrowFunctionExpression") fn = outer.get(fn);
    return fn === undefined ? nothing : receiverOf(fn);
  }

  /** Lets the values of a place into whatever a pattern or an assignment target names. */
  function assign(target: Node, from: Place, context: Context): void {
    const inner = unwrap(target);
    switch (inner.type) {
      case "Identifier": {
        const binding = scopes.bindingOf.get(inner);
        graph.connect(from, binding === undefined ? property(inner.name) : variable(binding));
        return;
      }
      case "MemberExpression": {
        const name = propertyName(inner.property, inner.computed);
        if (inner.object.type !== "Super") evaluate(inner.object, context);
        if (inner.computed) evaluate(inner.property as Node, context);
        graph.connect(from, name === undefined ? anyName : property(name));
        return;
      }
      case "AssignmentPattern":
        assign(inner.left, union(from, evaluate(inner.right, context)), context);
        return;
      case "ObjectPattern":
        for (const p of inner.properties) {
          if (p.type === "RestElement") assign(p.argument, from, context);
          else {
            if (p.computed) evaluate(p.key, context);
            assign(p.value, read(from, propertyName(p.key, p.computed)), context);
          }
        }
        return;
      case "ArrayPattern":
        graph.connect(from, heap);
        for (const e of inner.elements) if (e) assign(e.type === "RestElement" ? e.argument : e, unknown, context);
        return;
      case "RestElement":
        assign(inner.argument, unknown, context);
    }
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

  function evaluate(node: Node, context: Context): Place {
    const known = evaluated.get(node);
    if (known !== undefined) return known;
    const place = compute(node, context);
    evaluated.set(node, place);
    return place;
  }

  function compute(node: Node, context: Context): Place {
    if (isFunction(node)) {
      const value = graph.place();
      if (node.id) graph.connect(value, variable(scopes.bindingOf.get(node.id)!));
      makeFunction(node, context, value);
      return value;
    }
    if (isClass(node)) return makeClass(node, context);
    switch (node.type) {
      case "ParenthesizedExpression":
      case "ChainExpression":
        return evaluate(node.expression, context);
      case "Identifier":
        return identifier(node, context);
      case "ThisExpression":
        return thisOf(context);
      case "CallExpression":
      case "NewExpression":
      case "TaggedTemplateExpression": {
        return call(node, context);
      }
      case "MemberExpression": {
        if (node.computed) evaluate(node.property as Node, context);
        const object = node.object.type === "Super" ? thisOf(context) : evaluate(node.object, context);
        return member(node, object);
      }
      case "AssignmentExpression": {
        const right = evaluate(node.right, context);
        assign(node.left, right, context);
        return node.operator === "="
          ? right
          : union(right, node.left.type === "Identifier" ? evaluate(node.left, context) : unknown);
      }
      case "ConditionalExpression":
        evaluate(node.test, context);
        return union(evaluate(node.consequent, context), evaluate(node.alternate, context));
      case "LogicalExpression":
        return union(evaluate(node.left, context), evaluate(node.right, context));
      case "SequenceExpression":
        return node.expressions.map((e) => evaluate(e, context)).at(-1) ?? nothing;
      case "AwaitExpression":
        return union(evaluate(node.argument, context));
      case "YieldExpression":
        if (node.argument) graph.connect(evaluate(node.argument, context), heap);
        return unknown;
      case "ObjectExpression":
        return objectLiteral(node, context);
      case "ArrayExpression":
        for (const e of node.elements) {
          if (e) graph.connect(evaluate(e.type === "SpreadElement" ? e.argument : e, context), heap);
        }
        return nothing;
      case "ImportExpression": {
        const source = node.source;
        const place = graph.place();
        if (source.type === "Literal" && typeof source.value === "string") graph.add(place, moduleValue(source.value));
        return place;
      }
      default:
        for (const child of children(node)) evaluate(child, context);
        return nothing;
    }
  }

  function identifier(node: Identifier, context: Context): Place {
    const binding = scopes.bindingOf.get(node);
    if (binding === undefined) {
      if (node.name === "arguments" && context.fn !== undefined) {
        let fn: FunctionNode | undefined = context.fn;
        while (fn?.type === "ArrowFunctionExpression") fn = outer.get(fn);
        // `arguments[i]` is a computed read, so whatever the parameters hold must count as stored.
        for (const place of (fn && parameters.get(fn)?.places) ?? []) graph.connect(place, heap);
        return unknown;
      }
      return node.name === "undefined" ? nothing : property(node.name);
    }
    return variable(binding);
  }

  function visit(node: Node, context: Context): void {
    switch (node.type) {
      case "FunctionDeclaration":
        if (glue.has(node.id?.name ?? "")) return;
        makeFunction(node as FunctionNode, context, variable(scopes.bindingOf.get(node.id as Identifier)!));
        return;
      case "ClassDeclaration":
        evaluate(node, context);
        return;
      case "VariableDeclaration":
        for (const d of node.declarations) {
          if (d.id.type === "Identifier" && glue.has(d.id.name)) continue;
          if (d.id.type === "Identifier" && d.init && unwrap(d.init).type === "ObjectExpression") {
            const binding = scopes.bindingOf.get(d.id)!;
            if (!binding.assigned) literals.set(binding, unwrap(d.init) as ObjectExpression);
          }
          const module = d.init ? importedModule(d.init) : undefined;
          if (d.id.type === "ObjectPattern" && module !== undefined && takeMembers(d.id, module)) continue;
          assign(d.id, d.init ? evaluate(d.init, context) : nothing, context);
        }
        return;
      case "ReturnStatement":
        if (node.argument) {
          const value = evaluate(node.argument, context);
          if (context.fn !== undefined) graph.connect(value, resultOf(context.fn));
        }
        return;
      case "ThrowStatement":
        graph.connect(evaluate(node.argument, context), heap);
        return;
      case "ForInStatement":
      case "ForOfStatement": {
        graph.connect(evaluate(node.right, context), heap);
        const left = node.left.type === "VariableDeclaration" ? node.left.declarations[0]!.id : node.left;
        assign(left, node.type === "ForOfStatement" ? unknown : nothing, context);
        visit(node.body, context);
        return;
      }
      case "CatchClause":
        if (node.param) assign(node.param, unknown, context);
        visit(node.body, context);
        return;
      case "ImportDeclaration":
        return;
      case "ExportNamedDeclaration":
        if (node.source) return;
        if (node.declaration) visit(node.declaration, context);
        for (const s of node.specifiers) graph.connect(evaluate(s.local, context), exported);
        return;
      case "ExportDefaultDeclaration":
        graph.connect(evaluate(node.declaration as Node, context), exported);
        // A CommonJS script: the default export is its module.exports.
        graph.connect(heap, calledByUnknown);
        return;
      case "LabeledStatement":
        visit(node.body, context);
        return;
      case "BreakStatement":
      case "ContinueStatement":
        return;
    }
    if (node.type.endsWith("Statement") || node.type === "SwitchCase" || node.type === "Program") {
      for (const child of children(node)) visit(child, context);
    } else evaluate(node, context);
  }
}
