import type { ArrowFunctionExpression, Identifier, ObjectExpression, ObjectPattern, Program } from "acorn";
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
import type { Binding, Scopes } from "./scope.js";
import {
  implicitMethods,
  laterCallbacks,
  loopMethods,
  suspendingCalls,
  synchronousCallbacks,
} from "./suspending-calls.js";
import { FlowGraph, otherValue, type Place, unknownValue, type Value } from "./values.js";

/** The code that a call stands in: what would have to wait for it. */
export interface Context {
  readonly kind:
    | "function"
    | "getter"
    | "setter"
    | "constructor"
    | "generator"
    | "implicit"
    | "field"
    | "static"
    | "top";
  readonly fn: FunctionNode | undefined;
  /** The script's own `async`: it may await, and its callers already hold a promise. */
  readonly async: boolean;
}

/** One call of the script with what it may reach. */
export interface CallSite {
  readonly node: CallNode;
  readonly context: Context;
  /** What the callee may be once the flow has settled; `exact` where it can be nothing else. */
  readonly targets: () => { readonly values: Iterable<Value>; readonly exact: boolean };
  /** Functions that the callee calls before it returns (callbacks of loops, the receiver of `call`). */
  readonly callbacks: readonly Place[];
  /** Native code that cannot wait for its callback, such as `sort`. */
  readonly mustReturn: Place | undefined;
  /** `f.bind(…)`: makes a function, calls nothing. */
  readonly binds: boolean;
}

/** The outcome of the flow analysis. */
export interface Flow {
  readonly graph: FlowGraph;
  readonly sites: readonly CallSite[];
  readonly contexts: ReadonlyMap<FunctionNode, Context>;
  /** Everything that an unknown callee may be. */
  readonly heap: Place;
  /** What a property of an unknown object may be besides the functions kept under its name: those under computed names. */
  readonly stored: Place;
  /** Property names under which the script itself keeps functions. */
  readonly ownNames: (name: string) => boolean;
}

/** esbuild's own glue, whose meaning is given here because its code hides it. */
const glue = new Set([
  "__commonJS",
  "__esm",
  "__export",
  "__copyProps",
  "__toESM",
  "__toCommonJS",
  "__require",
  "__reExport",
]);

/** Names of JavaScript's own methods: a call of one may be native even where the script has a method of that name. */
const nativeNames = new Set(
  [
    Object,
    Function,
    Array,
    String,
    Number,
    RegExp,
    Promise,
    Map,
    Set,
    WeakMap,
    WeakSet,
    WeakRef,
    Date,
    Symbol,
    BigInt,
    ArrayBuffer,
    DataView,
    Uint8Array,
    Object.getPrototypeOf(Uint8Array),
    Object.getPrototypeOf([].values())?.constructor ?? Object,
    Error,
  ]
    .flatMap((c) => [...Object.getOwnPropertyNames(c), ...Object.getOwnPropertyNames(c.prototype ?? {})])
    .concat(Object.getOwnPropertyNames(Reflect), Object.getOwnPropertyNames(JSON), Object.getOwnPropertyNames(Math), [
      "log",
      "info",
      "warn",
      "error",
      "debug",
      "next",
      "return",
      "throw",
      "on",
    ]),
);

/** Follows functions and k6 modules through variables, parameters, results and properties (by name, whatever the object). */
export function analyseFlow(program: Program, scopes: Scopes): Flow {
  const graph = new FlowGraph();
  const sites: CallSite[] = [];
  const contexts = new Map<FunctionNode, Context>();
  const variables = new Map<Binding, Place>();
  const literals = new Map<Binding, ObjectExpression>();
  const properties = new Map<string, Place>();
  const results = new Map<FunctionNode, Place>();
  const receivers = new Map<FunctionNode, Place>();
  const parameters = new Map<FunctionNode, { places: Place[]; rest: boolean }>();
  const superclasses = new Map<ClassNode, Place>();
  const imports = new Map<Binding, Value>();
  const moduleValues = new Map<string, Value>();

  const nothing = graph.place();
  const { heap } = graph;
  const anyName = graph.store();
  const escaped = graph.store();
  const calledByUnknown = graph.store();
  const unknown = graph.place();
  const exported = graph.store();
  graph.add(unknown, unknownValue);
  // Modules apart from the many functions in the heap: each read through an unknown object asks for them.
  const heapModules = graph.store();
  const storedModules = graph.store();
  graph.watch(heap, (value) => value.kind === "module" && graph.add(heapModules, value));
  // What a call under any name may reach stays one value, "other", however many functions have computed names.
  const storedArguments = graph.store();
  const storedResults = graph.place();
  graph.watch(anyName, (value) => {
    if (value.kind === "module") graph.add(storedModules, value);
    if (value.kind === "other") return;
    graph.connect(anyName, calledByUnknown);
    graph.connect(storedArguments, heap);
    graph.add(storedResults, unknownValue);
  });
  graph.connect(anyName, heap);
  graph.connect(escaped, heap);
  graph.connect(escaped, calledByUnknown);
  graph.connect(exported, calledByUnknown);
  graph.watch(calledByUnknown, (value) => {
    if (value.kind === "function") callFunction(value.node, undefined, unknown, heap);
    else if (value.kind === "class") construct(value.node, undefined, new Set());
  });
  // Native code may copy a module's functions to another object (Object.assign); their names stay.
  graph.watch(escaped, (value) => {
    if (value.kind === "module") spreadModule(value.id);
  });

  function intern(value: Value & { id: string }): Value {
    const key = value.kind === "module-function" ? `${value.id}#${value.name}` : value.id;
    const known = moduleValues.get(key);
    if (known === undefined) moduleValues.set(key, value);
    return known ?? value;
  }

  function moduleValue(id: string): Value {
    for (const name of suspendingCalls[id]?.methods ?? []) {
      if (!moduleValues.has(`.${name}`)) {
        const method: Value = { kind: "module-method", name };
        moduleValues.set(`.${name}`, method);
        graph.add(property(name), method);
      }
    }
    return intern({ kind: "module", id });
  }

  function moduleMember(id: string, name: string): Value {
    if (name === "default") return moduleValue(id);
    return intern({
      kind: "module-function",
      id,
      name,
      suspends: suspendingCalls[id]?.functions.includes(name) ?? false,
    });
  }

  function spreadModule(id: string): void {
    for (const name of suspendingCalls[id]?.functions ?? []) graph.add(property(name), moduleMember(id, name));
  }

  function property(name: string): Place {
    let place = properties.get(name);
    if (place === undefined) {
      place = graph.store();
      graph.connect(place, heap);
      properties.set(name, place);
    }
    return place;
  }

  function variable(binding: Binding): Place {
    let place = variables.get(binding);
    if (place === undefined) {
      place = graph.place();
      variables.set(binding, place);
    }
    return place;
  }

  function holder(map: Map<FunctionNode, Place>, fn: FunctionNode): Place {
    let place = map.get(fn);
    if (place === undefined) {
      place = graph.place();
      map.set(fn, place);
    }
    return place;
  }

  function union(...places: Place[]): Place {
    const live = places.filter((place) => place !== nothing);
    if (live.length < 2) return live[0] ?? nothing;
    const sum = graph.place();
    for (const place of live) graph.connect(place, sum);
    return sum;
  }

  function read(object: Place, name: string | undefined): Place {
    const found = graph.place();
    if (name === undefined) graph.add(found, unknownValue);
    else {
      graph.connect(property(name), found);
      graph.add(found, otherValue);
    }
    const member = (value: Value): void => {
      if (value.kind === "unknown") graph.watch(heapModules, member);
      if (value.kind === "other") graph.watch(storedModules, member);
      if (value.kind !== "module") return;
      if (name !== undefined) graph.add(found, moduleMember(value.id, name));
      else
        for (const each of suspendingCalls[value.id]?.functions ?? []) graph.add(found, moduleMember(value.id, each));
    };
    graph.watch(object, member);
    return found;
  }

  /** Parameters, receiver and result of one function against one call; no arguments means any. */
  function callFunction(fn: FunctionNode, args: readonly Place[] | undefined, receiver: Place, result: Place): void {
    const params = parameters.get(fn);
    params?.places.forEach((place, i) => {
      if (params.rest && i === params.places.length - 1) return;
      graph.connect(args === undefined ? unknown : (args[i] ?? nothing), place);
    });
    args?.slice(params === undefined ? 0 : params.places.length - (params.rest ? 1 : 0)).forEach((arg) => {
      graph.connect(arg, heap);
    });
    graph.connect(receiver, holder(receivers, fn));
    if (result !== nothing) graph.connect(holder(results, fn), result);
  }

  function construct(node: ClassNode, args: readonly Place[] | undefined, seen: Set<ClassNode>): void {
    if (seen.has(node)) return;
    seen.add(node);
    const own = node.body.body.find((m) => m.type === "MethodDefinition" && m.kind === "constructor");
    if (own?.type === "MethodDefinition") callFunction(own.value, args, nothing, nothing);
    else if (superclasses.has(node)) {
      graph.watch(superclasses.get(node)!, (v) => v.kind === "class" && construct(v.node, args, seen));
    }
  }

  function giveAll(args: readonly Place[], to: Place): void {
    for (const arg of args) graph.connect(arg, to);
  }

  /** What happens to the arguments whatever the callee turns out to be. */
  function link(
    callee: Place,
    args: readonly Place[] | undefined,
    given: readonly Place[],
    receiver: Place,
    result: Place,
  ): void {
    graph.watch(callee, (value) => {
      if (value.kind === "function") callFunction(value.node, args, receiver, result);
      else if (value.kind === "class") construct(value.node, args, new Set());
      else if (value.kind === "unknown") {
        giveAll(given, heap);
        graph.connect(heap, calledByUnknown);
        graph.add(result, unknownValue);
      } else if (value.kind === "other") {
        giveAll(given, storedArguments);
        graph.connect(storedResults, result);
      } else if (value.kind === "module-function" && value.id === "k6" && value.name === "group") {
        if (given[1] !== undefined) {
          graph.connect(given[1], calledByUnknown);
          graph.watch(given[1], (f) => f.kind === "function" && graph.connect(holder(results, f.node), result));
        }
      } else if (value.kind === "module-function" || value.kind === "module-method") {
        giveAll(given, escaped);
        graph.add(result, unknownValue);
      }
    });
  }

  function exportedGlue(object: ObjectExpression): void {
    for (const p of object.properties) {
      if (p.type !== "Property") continue;
      const name = propertyName(p.key, p.computed);
      const getter = p.value as ArrowFunctionExpression;
      if (name !== undefined) graph.connect(evaluate(getter.body, top), property(name));
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

  function evaluateArguments(list: readonly Node[], context: Context): { args: Place[] | undefined; given: Place[] } {
    const given = list.map((a) => (a.type === "SpreadElement" ? evaluate(a.argument, context) : evaluate(a, context)));
    const spread = list.some((a) => a.type === "SpreadElement");
    if (spread) giveAll(given, heap);
    return { args: spread ? undefined : given, given };
  }

  function checkCallbacks(argument: Node | undefined): Place[] {
    const inner = argument && unwrap(argument);
    if (inner === undefined) return [];
    let object: ObjectExpression | undefined = inner.type === "ObjectExpression" ? inner : undefined;
    if (inner.type === "Identifier") object = literals.get(scopes.bindingOf.get(inner) as Binding);
    if (object === undefined || object.properties.some((p) => p.type === "SpreadElement")) return [heap];
    return object.properties.map((p) => (p.type === "Property" ? (evaluated.get(unwrap(p.value)) ?? heap) : heap));
  }

  const evaluated = new Map<Node, Place>();

  function call(node: CallNode, context: Context): Place {
    const asGlue = callGlue(node, context);
    if (asGlue !== undefined) return asGlue;
    const calleeNode = unwrap(node.type === "TaggedTemplateExpression" ? node.tag : node.callee);
    const list: readonly Node[] = node.type === "TaggedTemplateExpression" ? node.quasi.expressions : node.arguments;
    const result = graph.place();
    let receiver = nothing;
    let callee: Place;
    let targets: CallSite["targets"] | undefined;
    let name: string | undefined;
    if (calleeNode.type === "Super") {
      callee = context.fn === undefined ? nothing : (superOf.get(context.fn) ?? nothing);
    } else if (calleeNode.type === "MemberExpression") {
      name = propertyName(calleeNode.property, calleeNode.computed);
      receiver = calleeNode.object.type === "Super" ? thisOf(context) : evaluate(calleeNode.object, context);
      if (calleeNode.computed) evaluate(calleeNode.property as Node, context);
      // A list or text written out has native methods only, whatever the script calls its own.
      const literal = /^(ArrayExpression|Literal|TemplateLiteral)$/.test(unwrap(calleeNode.object).type);
      const found =
        literal && name !== undefined && nativeNames.has(name) ? graph.place() : member(calleeNode, receiver);
      const object = receiver;
      callee = found;
      targets = () => memberTargets(calleeNode, object, found);
    } else {
      callee = evaluate(calleeNode, context);
      if (calleeNode.type === "Identifier" && !scopes.bindingOf.has(calleeNode)) name = calleeNode.name;
    }
    findImplicit(name, node);
    let { args, given } = evaluateArguments(list, context);
    if (node.type === "TaggedTemplateExpression" && args !== undefined) args = given = [nothing, ...given];
    const callbacks: Place[] = [];
    let mustReturn: Place | undefined;
    let binds = false;
    link(callee, args, given, receiver, result);
    if (name !== undefined && node.type !== "NewExpression") {
      if ((name === "call" || name === "apply" || name === "bind") && calleeNode.type === "MemberExpression") {
        const passed = name === "call" ? args?.slice(1) : undefined;
        if (name !== "call") giveAll(given, heap);
        binds = name === "bind";
        if (name === "bind") {
          graph.connect(receiver, result);
          graph.watch(
            receiver,
            (v) => v.kind === "function" && callFunction(v.node, undefined, union(...given), nothing),
          );
        } else if (name === "apply" && given.length > 2) {
          callbacks.push(given[0]!);
          graph.connect(given[0]!, calledByUnknown);
          graph.add(result, unknownValue);
        } else link(receiver, passed, given, given[0] ?? nothing, result);
        callbacks.push(receiver);
      } else {
        const own = !nativeNames.has(name) && properties.has(name) && calleeNode.type === "MemberExpression";
        const sync = synchronousCallbacks[name];
        if (loopMethods.has(name)) {
          callbacks.push(...given);
          giveAll(given, calledByUnknown);
          for (const place of given) {
            graph.watch(place, (v) => {
              if (v.kind !== "function") return;
              graph.connect(holder(results, v.node), heap);
              for (const other of given) graph.connect(other, holder(receivers, v.node));
            });
          }
          if (name.startsWith("reduce")) giveAll(given, result);
          if (name === "flatMap" || name === "from" || given.length > 1) giveAll(given, heap);
        } else if (sync !== undefined) {
          mustReturn = given[sync];
          giveAll(given, calledByUnknown);
        } else if (laterCallbacks.has(name)) giveAll(given, calledByUnknown);
        else if (!own) giveAll(given, escaped);
        if (name === "fromEntries") graph.connect(heap, anyName);
        if (name === "defineProperty" || name === "set") {
          const key =
            list[1] === undefined || list[1].type === "SpreadElement" ? undefined : propertyName(list[1], true);
          const to = key === undefined ? anyName : property(key);
          if (name === "defineProperty") {
            graph.connect(property("value"), to);
            graph.watch(property("get"), (v) => v.kind === "function" && graph.connect(holder(results, v.node), to));
          } else if (given[2] !== undefined) graph.connect(given[2], to);
        }
        if (name === "defineProperties" || name === "create") graph.connect(property("value"), anyName);
        graph.add(result, unknownValue);
      }
    }
    checks.push(() => {
      for (const value of graph.values(callee)) {
        if (value.kind === "module-function" && value.id === "k6" && value.name === "check") {
          callbacks.push(...checkCallbacks(list[1]));
          break;
        }
      }
    });
    const exact = name === undefined && calleeNode.type !== "Super";
    targets ??= () => ({ values: graph.values(callee), exact });
    sites.push({ node, context, targets, callbacks, mustReturn, binds });
    return result;
  }

  const checks: (() => void)[] = [];

  /** The module that an identifier certainly is. */
  function importedModule(node: Node): string | undefined {
    const inner = unwrap(node);
    if (inner.type !== "Identifier") return undefined;
    const value = imports.get(scopes.bindingOf.get(inner) as Binding);
    return value?.kind === "module" ? value.id : undefined;
  }

  function member(node: Node & { type: "MemberExpression" }, object: Place): Place {
    const name = propertyName(node.property, node.computed);
    const module = importedModule(node.object);
    if (module === undefined || name === undefined || changedNames.has(name)) return read(object, name);
    const place = graph.place();
    graph.add(place, moduleMember(module, name));
    return place;
  }

  /** Names that the script assigns to on any object; a k6 module's function of that name may have been replaced. */
  const changedNames = new Set<string>();

  /** A method that can only be one of a k6 module or a private one of the script. */
  function memberTargets(
    node: Node & { type: "MemberExpression" },
    object: Place,
    callee: Place,
  ): ReturnType<CallSite["targets"]> {
    const name = propertyName(node.property, node.computed);
    if (name === undefined || changedNames.has(name)) return { values: graph.values(callee), exact: false };
    if (name.startsWith("#")) return { values: graph.values(property(name)), exact: true };
    const owners = [...graph.values(object)];
    const modules = owners.flatMap((v) => (v.kind === "module" ? [moduleMember(v.id, name)] : []));
    if (modules.length > 0 && modules.length === owners.length) return { values: modules, exact: true };
    return { values: graph.values(callee), exact: false };
  }

  const superOf = new Map<FunctionNode, Place>();

  function thisOf(context: Context): Place {
    let fn = context.fn;
    while (fn?.type === "ArrowFunctionExpression") fn = outer.get(fn);
    return fn === undefined ? nothing : holder(receivers, fn);
  }

  const outer = new Map<FunctionNode, FunctionNode | undefined>();

  /** `const { get, post: send } = http`; false where the pattern asks for more than names. */
  function takeMembers(pattern: ObjectPattern, module: string): boolean {
    const taken = pattern.properties.map((p) => {
      const name = p.type === "Property" ? propertyName(p.key, p.computed) : undefined;
      const target = p.type === "Property" && p.value.type === "Identifier" ? scopes.bindingOf.get(p.value) : undefined;
      return { name, target };
    });
    if (taken.some((t) => t.name === undefined || t.target === undefined || changedNames.has(t.name))) return false;
    for (const { name, target } of taken) graph.add(variable(target!), moduleMember(module, name!));
    return true;
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
    else graph.connect(evaluate(fn.body, context), holder(results, fn));
  }

  /** Functions that JavaScript calls in the middle of an expression: accessors in descriptors, traps of proxies. */
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
        if (m.kind === "get") graph.connect(holder(results, fn), to);
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
        if (p.kind === "get") graph.connect(holder(results, p.value), to);
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
          if (context.fn !== undefined) graph.connect(value, holder(results, context.fn));
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

  function findChangedNames(node: Node): void {
    if (node.type === "AssignmentExpression" || node.type === "UpdateExpression") {
      const target = unwrap(node.type === "AssignmentExpression" ? node.left : node.argument);
      if (target.type === "MemberExpression") changedNames.add(propertyName(target.property, target.computed) ?? "");
    }
    for (const child of children(node)) findChangedNames(child);
  }

  const top: Context = { kind: "top", fn: undefined, async: false };
  for (const statement of program.body) {
    if (statement.type !== "ImportDeclaration") continue;
    const id = String(statement.source.value);
    for (const s of statement.specifiers) {
      const binding = scopes.bindingOf.get(s.local)!;
      let value = moduleValue(id);
      if (s.type === "ImportSpecifier") {
        value = moduleMember(id, s.imported.type === "Identifier" ? s.imported.name : String(s.imported.value));
      }
      imports.set(binding, value);
      graph.add(variable(binding), value);
    }
    moduleValue(id);
  }
  findChangedNames(program);
  for (const statement of program.body) visit(statement, top);
  graph.settle();
  for (const check of checks) check();
  return {
    graph,
    sites,
    contexts,
    heap,
    stored: anyName,
    ownNames: (name) => [...graph.values(property(name))].some((v) => v.kind === "function"),
  };
}
