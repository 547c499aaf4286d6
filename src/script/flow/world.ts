import type { ClassNode, FunctionNode } from "../ast.js";
import type { Binding } from "../scope.js";
import { suspendingCalls } from "../suspending-calls.js";
import { FlowGraph, otherValue, type Place, unknownValue, type Value } from "../values.js";

/** Where values are kept while the flow is followed, and what a call does to them. */
export type World = ReturnType<typeof makeWorld>;

/** The places that every script has, with what flows between them whatever the script says. */
export function makeWorld() {
  const graph = new FlowGraph();
  const variables = new Map<Binding, Place>();
  const properties = new Map<string, Place>();
  const results = new Map<FunctionNode, Place>();
  const receivers = new Map<FunctionNode, Place>();
  const parameters = new Map<FunctionNode, { places: Place[]; rest: boolean }>();
  const superclasses = new Map<ClassNode, Place>();
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

  return {
    ...{ graph, nothing, heap, anyName, escaped, calledByUnknown, unknown, exported },
    ...{ superclasses, parameters, moduleValue, moduleMember, spreadModule, read, union },
    ...{ callFunction, giveAll, link, property, variable },
    /** Whether the script keeps anything under that name. */
    hasProperty: (name: string): boolean => properties.has(name),
    resultOf: (fn: FunctionNode): Place => holder(results, fn),
    receiverOf: (fn: FunctionNode): Place => holder(receivers, fn),
  };
}
