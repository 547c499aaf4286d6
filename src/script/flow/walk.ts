import type { Identifier, ObjectExpression, Program } from "acorn";
import { children, type FunctionNode, isClass, isFunction, type Node, propertyName, unwrap } from "../ast.js";
import type { Binding, Scopes } from "../scope.js";
import type { Place } from "../values.js";
import { makeCalls } from "./calls.js";
import { makeDefinitions } from "./definitions.js";
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
  const { parameters, moduleValue, property, variable, union, read, resultOf } = world;
  const literals = new Map<Binding, ObjectExpression>();
  const evaluated = new Map<Node, Place>();
  const members = makeMembers(program, scopes, world);
  const { importedModule, member, takeMembers } = members;
  const implicit = makeImplicit();
  const definitions = makeDefinitions(scopes, world, implicit, { evaluate, visit, assign });
  const { visitFunction, makeFunction, makeClass, objectLiteral, thisOf, owner, contexts, superOf } = definitions;
  const { call, sites, settleChecks } = makeCalls(scopes, world, members, implicit, {
    ...{ evaluate, visitFunction, thisOf, superOf, evaluated, literals },
  });

  for (const statement of program.body) visit(statement, topLevel);
  graph.settle();
  settleChecks();
  return { sites, contexts };

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
        const fn = owner(context.fn);
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
