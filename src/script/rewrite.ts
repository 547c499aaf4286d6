import type { ChainExpression, ImportDeclaration, MethodDefinition, ObjectExpression, Program, Property } from "acorn";
import {
  type CallNode,
  type ClassNode,
  children,
  type FunctionNode,
  isClass,
  isFunction,
  type Node,
  propertyName,
  unwrap,
} from "./ast.js";
import type { Classification } from "./classify.js";
import type { Context, Flow } from "./flow/types.js";
import type { Piece } from "./output.js";
import { type Binding, patternNames, type Scopes } from "./scope.js";

/** Globals that change while a script runs, so that each reference must read them anew. */
const liveGlobals = new Set(["__VU", "__ITER"]);

/** Code that JavaScript cannot pause, in words. */
const cannotWait: Readonly<Record<Exclude<Context["kind"], "function">, string>> = {
  getter: "a getter",
  setter: "a setter",
  constructor: "a constructor",
  generator: "a generator",
  implicit: "a method that JavaScript itself calls",
  field: "a class field's initialiser",
  static: "a class's static block",
  top: "the top level of the script",
};

/** What the rewriter was given and what it reports to. */
export interface RewriteInput {
  readonly source: string;
  readonly program: Program;
  readonly scopes: Scopes;
  readonly flow: Flow;
  readonly classified: Classification;
  /** Name of the runtime's parameter; occurs nowhere in the source. */
  readonly runtime: string;
  /** "file.ts:3:5" of an offset. */
  readonly place: (offset: number) => string;
  /** Refuses what JavaScript does not allow; never returns. */
  readonly refuse: (node: Node, what: string, hint: string) => never;
}

/** The module as the body of a factory function: awaits in place, imports and exports as plain calls. */
export function rewrite(input: RewriteInput): Piece[] {
  const { source, program, scopes, classified, runtime: rt } = input;
  const temp = `${rt}_t`;
  const { calls, suspending } = classified;
  const out: Piece[] = [];
  const replaced = new Map<Node, string>();
  const parents = new Map<Node, Node>();
  /** The function that is being written a second time, as code that cannot wait. */
  const writingTwin = new Set<FunctionNode>();
  const liveReferences = new Set<Node>(scopes.free.filter((id) => liveGlobals.has(id.name)));
  const hoistedMarks = new Map<Node, FunctionNode[]>();

  (function adopt(node: Node): undefined {
    for (const child of children(node)) {
      parents.set(child, node);
      adopt(child);
    }
  })(program);

  const text = (t: string): undefined => {
    out.push(t);
  };
  const slice = (start: number, end: number): undefined => {
    if (end > start) out.push({ start, end });
  };

  function shown(node: Node): string {
    const written = source.slice(node.start, node.end).replace(/\s+/g, " ");
    return JSON.stringify(written.length > 60 ? `${written.slice(0, 57)}...` : written);
  }

  /** Emits nodes with the source between them, from one offset to another. */
  function span(nodes: readonly Node[], from: number, to: number): undefined {
    let at = from;
    for (const node of nodes) {
      slice(at, node.start);
      emit(node);
      at = node.end;
    }
    slice(at, to);
  }

  const plain = (node: Node): undefined => span(children(node), node.start, node.end);

  function emit(node: Node): undefined {
    const replacement = replaced.get(node);
    if (replacement !== undefined) return text(replacement);
    if (isFunction(node)) return functionValue(node);
    if (isClass(node)) return classBody(node);
    switch (node.type) {
      case "CallExpression":
      case "NewExpression":
      case "TaggedTemplateExpression":
        return calls.has(node) ? call(node) : plain(node);
      case "AwaitExpression":
        return inFunction(node) ? plain(node) : topLevelAwait(node);
      case "ChainExpression":
        return optionalLinks(node).some((link) => link.waits) ? chain(node) : plain(node);
      case "Identifier":
        return liveReferences.has(node) ? text(`${rt}_globals.${node.name}`) : plain(node);
      case "Property":
        if (node.shorthand && liveReferences.has(node.value)) text(`${source.slice(node.start, node.end)}: `);
        return node.method && isFunction(node.value) && suspending.has(node.value) ? method(node) : plain(node);
      case "ObjectExpression":
        return objectLiteral(node);
      case "MemberExpression":
        return privateReference(node);
      case "ImportExpression":
        text(`${rt}.load(() => require(`);
        emit(node.source);
        return text("))");
      case "BlockStatement":
      case "StaticBlock":
        return block(node);
      case "SwitchCase": {
        const block = parents.get(node)!;
        const first = node.consequent[0];
        if (!hoistedMarks.has(block) || first === undefined) return plain(node);
        span(node.test ? [node.test] : [], node.start, first.start);
        writeMarks(block);
        return span(node.consequent, first.start, node.end);
      }
      default:
        plain(node);
    }
  }

  function inFunction(node: Node): boolean {
    for (let at = parents.get(node); at !== undefined; at = parents.get(at)) if (isFunction(at)) return true;
    return false;
  }

  /** What the init phase may await is there already: files, tables, secrets. Anything else is told when it happens. */
  function topLevelAwait(node: Node & { readonly argument: Node }): undefined {
    text(`${rt}.top(`);
    emit(node.argument);
    return text(`, ${JSON.stringify(input.place(node.start))})`);
  }

  /** Marks of function declarations, where these are hoisted to. */
  function writeMarks(block: Node): undefined {
    for (const fn of hoistedMarks.get(block) ?? []) {
      text(`${rt}.mark(${fn.id!.name}, undefined`);
      twin(fn);
      text("); ");
    }
  }

  function block(node: Node & { body: Node[] }): undefined {
    if (!hoistedMarks.has(node)) return plain(node);
    const first = node.body.find((s) => !(s.type === "ExpressionStatement" && s.directive !== undefined))!;
    const directives = node.body.filter((s) => s.end <= first.start);
    span(directives, node.start, first.start);
    writeMarks(node);
    span(node.body.slice(directives.length), first.start, node.end);
  }

  // ---- calls

  function call(node: CallNode): undefined {
    const { kind, site } = calls.get(node)!;
    const { context } = site;
    const inTwin = context.fn !== undefined && writingTwin.has(context.fn);
    if (kind === "bind") return tested(node, "");
    if (node.type === "NewExpression") {
      input.refuse(
        node,
        "a function called with new suspends, and a constructor cannot wait",
        "Call it without new, or move the request out of it.",
      );
    }
    if (context.kind === "function" && !inTwin) {
      if (kind === "await") {
        text("(await ");
        plain(node);
        return text(")");
      }
      text(`((${temp} = `);
      tested(node, "");
      return text(`) instanceof ${rt}.Wait ? await ${temp}.promise : ${temp})`);
    }
    const where = context.kind === "function" ? "what called this function" : cannotWait[context.kind];
    const isPrivate = /\.\s*#[\w$]+$/.test(source.slice(node.start, calleeOf(node).end));
    if (!inTwin && kind === "await" && context.kind !== "top" && (isPrivate || classified.isCertain(site))) {
      input.refuse(
        node,
        `${where} cannot wait for ${calleeText(node)}`,
        "Move the call into a function or method that the script calls itself.",
      );
    }
    text(`${rt}.sync(`);
    tested(node, "now.");
    text(`, ${JSON.stringify(where)}, ${JSON.stringify(input.place(node.start))}, ${shown(calleeOf(node))})`);
  }

  const calleeOf = (node: CallNode): Node =>
    (node.type === "TaggedTemplateExpression" ? node.tag : node.callee) as Node;
  const calleeText = (node: CallNode): string => `${source.slice(calleeOf(node).start, calleeOf(node).end)}()`;

  /** The call through the runtime, which returns a Wait exactly where the callee is marked. */
  function tested(node: CallNode, now: "" | "now."): undefined {
    const callee = unwrap(calleeOf(node));
    if (replaced.has(callee)) emit(callee);
    else if (callee.type === "MemberExpression") boundMember(callee, `${now}m`);
    else if (callee.type === "ChainExpression" && callee.expression.type === "MemberExpression") {
      // `(a?.b)()` keeps `this`, and fails as a call, not as a lookup.
      boundMember(callee.expression, `${now}c`);
    } else {
      text(`${rt}.${now}f(`);
      emit(callee);
      text(`, undefined, ${shown(callee)})`);
    }
    if (node.type === "TaggedTemplateExpression") return emit(node.quasi);
    const args = node.arguments as Node[];
    text("(");
    if (args.length > 0) span(args, args[0]!.start, args.at(-1)!.end);
    text(")");
  }

  function boundMember(callee: Node & { type: "MemberExpression" }, helper: string): undefined {
    const now = helper.startsWith("now.") ? "now." : "";
    if (callee.object.type === "Super") {
      text(`${rt}.${now}f(`);
      plain(callee);
      return text(`, this, ${shown(callee)})`);
    }
    if (callee.property.type === "PrivateIdentifier") {
      text(`${rt}.${now}p(`);
      emit(callee.object);
      return text(`, (o) => o.#${callee.property.name}, ${shown(callee)})`);
    }
    text(`${rt}.${helper}(`);
    emit(callee.object);
    text(", ");
    if (callee.computed) emit(callee.property);
    else text(JSON.stringify((callee.property as { name: string }).name));
    text(`, ${shown(callee)})`);
  }

  /** The links of an optional chain, innermost first; `waits` where the chain up to there may have to wait. */
  function optionalLinks(node: ChainExpression): { link: Node; base: Node | undefined; waits: boolean }[] {
    const links: { link: Node; base: Node | undefined; waits: boolean }[] = [];
    let at: Node = node.expression;
    while (at.type === "MemberExpression" || at.type === "CallExpression") {
      const base: Node = at.type === "MemberExpression" ? at.object : at.callee;
      const waits = at.type === "CallExpression" && calls.has(at);
      links.unshift({ link: at, base: at.optional ? base : undefined, waits });
      at = base;
    }
    return links;
  }

  /** An await inside an optional chain would end the chain's short circuit; so the chain becomes conditionals. */
  function chain(node: ChainExpression): undefined {
    const added: Node[] = [];
    text("(");
    for (const { link, base } of optionalLinks(node)) {
      if (base === undefined) continue;
      text(`(${temp} = `);
      const inner = unwrap(base);
      const keepsThis =
        link.type === "CallExpression" && inner.type === "MemberExpression" && inner.object.type !== "Super";
      if (keepsThis && inner.property.type !== "PrivateIdentifier") boundMember(inner, "om");
      else emit(base);
      text(`) == null ? void 0 : `);
      replaced.set(base, temp);
      if (inner !== base) replaced.set(inner, temp);
      added.push(base, inner);
    }
    emit(node.expression);
    text(")");
    for (const each of added) replaced.delete(each);
  }

  // ---- functions

  function paramsWait(fn: FunctionNode): boolean {
    const end = fn.body.start;
    for (const [node, { site }] of calls) {
      if (site.context.fn === fn && site.context.kind === "function" && node.end <= end && node.start >= fn.start)
        return true;
    }
    return false;
  }

  /** Whether the body declares one of its parameters once more with `var` or as a function. */
  function redeclaresParams(fn: FunctionNode): boolean {
    return fn.params.flatMap(patternNames).some((param) => {
      const binding = scopes.bindingOf.get(param)!;
      const again = binding.identifiers.some((id) => {
        let at = parents.get(id);
        while (at?.type.endsWith("Pattern") || at?.type === "Property" || at?.type === "RestElement")
          at = parents.get(at);
        return (
          id.start > fn.body.start &&
          at?.type === "VariableDeclarator" &&
          at.id.start <= id.start &&
          id.end <= at.id.end
        );
      });
      return again || binding.declaration !== undefined;
    });
  }

  function inferredName(fn: FunctionNode): string | undefined {
    if (fn.id) return undefined;
    const parent = parents.get(fn);
    if (parent?.type === "VariableDeclarator" && parent.id.type === "Identifier") return parent.id.name;
    if (parent?.type === "AssignmentExpression" && parent.left.type === "Identifier") return parent.left.name;
    if (parent?.type === "AssignmentPattern" && parent.left.type === "Identifier") return parent.left.name;
    if (parent?.type === "Property" || parent?.type === "PropertyDefinition")
      return propertyName(parent.key, parent.computed);
    return undefined;
  }

  const awaited = (node: CallNode): boolean => {
    const known = calls.get(node);
    const context = known?.site.context;
    return known?.kind === "await" && context?.kind === "function" && !classified.twins.has(context.fn!);
  };

  function escapes(binding: Binding): boolean {
    return binding.identifiers.some((id) => {
      const parent = parents.get(id);
      if (parent === undefined) return true;
      if ((isFunction(parent) || isClass(parent)) && parent.id === id) return false;
      if (parent.type === "VariableDeclarator" && parent.id === id) return false;
      if (parent.type === "CallExpression" && parent.callee === id) return !awaited(parent);
      return true;
    });
  }

  /** Whether a run-time test can ever meet the function, so that it must carry the mark. */
  function needsMark(fn: FunctionNode): boolean {
    if (classified.twins.has(fn)) return true;
    if (fn.type === "FunctionDeclaration") return escapes(scopes.bindingOf.get(fn.id)!);
    const parent = parents.get(fn);
    if (parent?.type === "VariableDeclarator" && parent.id.type === "Identifier" && !fn.id) {
      return escapes(scopes.bindingOf.get(parent.id)!);
    }
    return !(parent?.type === "CallExpression" && parent.callee === fn && awaited(parent));
  }

  function functionValue(fn: FunctionNode): undefined {
    if (!suspending.has(fn)) return header(fn, fn.start);
    const marked = fn.type !== "FunctionDeclaration" && needsMark(fn);
    if (marked) text(`${rt}.mark(`);
    text("async ");
    header(fn, fn.start);
    if (!marked) return;
    const name = inferredName(fn);
    if (name !== undefined) text(`, ${JSON.stringify(name)}`);
    else if (classified.twins.has(fn)) text(", undefined");
    twin(fn);
    text(")");
  }

  /** The function as it stands, as a further argument of `mark`, where code that cannot wait may call it. */
  function twin(fn: FunctionNode): undefined {
    if (!classified.twins.has(fn) || usesSuper(fn.body)) return;
    writingTwin.add(fn);
    text(", ");
    if (fn.type === "ArrowFunctionExpression") header(fn, fn.start);
    else {
      text("function ");
      header(fn, source.indexOf("(", fn.id ? fn.id.end : fn.start));
    }
    writingTwin.delete(fn);
  }

  /** Parameters and body, from an offset on; parameters that wait move into the body, where `await` is allowed. */
  function header(fn: FunctionNode, from: number): undefined {
    if (fn.params.length === 0 || writingTwin.has(fn) || !paramsWait(fn))
      return span(
        children(fn).filter((c) => c.start >= from),
        from,
        fn.end,
      );
    const open = fn.type === "ArrowFunctionExpression" ? from : source.indexOf("(", fn.id ? fn.id.end : from);
    if (fn.type === "ArrowFunctionExpression" && fn.async) text("async ");
    slice(from, open);
    text(
      `(...${rt}_a) ${fn.type === "ArrowFunctionExpression" ? "=> " : ""}{ ${redeclaresParams(fn) ? "var" : "let"} [`,
    );
    span(fn.params, fn.params[0]!.start, fn.params.at(-1)!.end);
    text(`] = ${rt}_a; `);
    if (fn.body.type === "BlockStatement") {
      writeMarks(fn.body);
      span(fn.body.body, fn.body.start + 1, fn.body.end);
    } else {
      text("return (");
      emit(fn.body);
      text("); }");
    }
  }

  function usesSuper(node: Node): boolean {
    if (node.type === "Super") return true;
    return children(node).some(
      (c) => !isClass(c) && !(isFunction(c) && c.type !== "ArrowFunctionExpression") && usesSuper(c),
    );
  }

  function method(node: Property): undefined {
    const fn = node.value as FunctionNode;
    const name = propertyName(node.key, node.computed);
    if (usesSuper(fn.body)) {
      if (name === undefined)
        input.refuse(node, "a method with a computed name that uses super suspends", "Give the method a plain name.");
      text("async ");
      span([node.key], node.start, fn.start);
      return header(fn, fn.start);
    }
    slice(node.start, node.key.start);
    emit(node.key);
    slice(node.key.end, fn.start);
    text(`: ${rt}.mark(async function `);
    header(fn, fn.start);
    text(`, ${name === undefined ? "undefined" : JSON.stringify(name)}`);
    twin(fn);
    text(")");
  }

  function objectLiteral(node: ObjectExpression): undefined {
    const kept = node.properties.flatMap((p) => {
      const own =
        p.type === "Property" && p.method && isFunction(p.value) && suspending.has(p.value) && usesSuper(p.value.body);
      return own ? [propertyName(p.key, p.computed)] : [];
    });
    if (kept.length > 0) text(`${rt}.methods(`);
    plain(node);
    if (kept.length > 0) text(`, ${JSON.stringify(kept)})`);
  }

  function classBody(node: ClassNode): undefined {
    const methods = node.body.body.filter(
      (m): m is MethodDefinition => m.type === "MethodDefinition" && suspending.has(m.value),
    );
    const before = [node.id, node.superClass].filter((n): n is NonNullable<typeof n> => Boolean(n));
    span(before as Node[], node.start, node.body.start + 1);
    for (const m of methods) {
      const name = propertyName(m.key, m.computed);
      if (name === undefined)
        input.refuse(m, "a method with a computed name suspends", "Give the method a plain name.");
      if (name.startsWith("#")) continue;
      text(` static { ${rt}.mark(this${m.static ? "" : ".prototype"}[${JSON.stringify(name)}], undefined`);
      twin(m.value);
      text("); } ");
    }
    let at = node.body.start + 1;
    for (const m of node.body.body) {
      slice(at, m.start);
      if (m.type === "MethodDefinition" && suspending.has(m.value)) {
        text(`${m.static ? "static " : ""}async `);
        span([m.key as Node], m.computed ? source.lastIndexOf("[", m.key.start) : m.key.start, m.value.start);
        header(m.value, m.value.start);
      } else emit(m);
      at = m.end;
    }
    slice(at, node.end);
  }

  /** A private method used as a value must carry its mark; nothing outside the class can put it on. */
  function privateReference(node: Node & { type: "MemberExpression" }): undefined {
    const parent = parents.get(node);
    const isCallee = parent?.type === "CallExpression" && parent.callee === node;
    const isTarget = parent?.type === "AssignmentExpression" && parent.left === node;
    const privateName = node.property.type === "PrivateIdentifier" ? node.property.name : undefined;
    if (privateName === undefined || isCallee || isTarget || !suspendingPrivate.has(privateName)) return plain(node);
    text(`${rt}.mark(`);
    plain(node);
    text(")");
  }

  const suspendingPrivate = new Set(
    [...suspending].flatMap((fn) => {
      const parent = parents.get(fn);
      return parent?.type === "MethodDefinition" && parent.key.type === "PrivateIdentifier" ? [parent.key.name] : [];
    }),
  );

  // ---- module

  function imported(node: ImportDeclaration, index: number): undefined {
    const id = JSON.stringify(node.source.value);
    text(`const ${rt}_i${index} = require(${id});`);
    for (const s of node.specifiers) {
      if (s.type === "ImportNamespaceSpecifier") text(` const ${s.local.name} = ${rt}_i${index};`);
      else {
        const name =
          s.type === "ImportDefaultSpecifier"
            ? "default"
            : s.imported.type === "Identifier"
              ? s.imported.name
              : String(s.imported.value);
        text(` const ${s.local.name} = ${rt}.import(${rt}_i${index}, ${JSON.stringify(name)}, ${id});`);
      }
    }
    text("\n");
  }

  for (const fn of suspending) {
    if (fn.type !== "FunctionDeclaration" || !needsMark(fn)) continue;
    const binding = scopes.bindingOf.get(fn.id)!;
    const marks = hoistedMarks.get(binding.block!) ?? [];
    marks.push(fn);
    hoistedMarks.set(binding.block!, marks);
  }

  text(`let ${temp};\n`);
  program.body.filter((s) => s.type === "ImportDeclaration").forEach(imported);
  writeMarks(program);
  const exportsAtEnd: string[] = [];
  let at = 0;
  for (const statement of program.body) {
    slice(at, statement.start);
    at = statement.end;
    switch (statement.type) {
      case "ImportDeclaration":
        break;
      case "ExportAllDeclaration":
        exportsAtEnd.push(`${rt}.exportStar(exports, require(${JSON.stringify(statement.source.value)}));`);
        break;
      case "ExportNamedDeclaration":
        for (const s of statement.specifiers) {
          const name = s.exported.type === "Identifier" ? s.exported.name : String(s.exported.value);
          if (s.local.type === "Identifier") exportsAtEnd.push(`exports[${JSON.stringify(name)}] = ${s.local.name};`);
        }
        break;
      case "ExportDefaultDeclaration":
        text(`${rt}.exportCommonJs(exports, `);
        emit(statement.declaration as Node);
        text(");");
        break;
      default:
        emit(statement);
    }
  }
  slice(at, source.length);
  text(`\n${exportsAtEnd.join("\n")}\n`);
  return out;
}
