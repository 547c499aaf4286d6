import { type CallNode, type FunctionNode, propertyName, unwrap } from "./ast.js";
import type { CallSite, Flow } from "./flow/types.js";
import type { Value } from "./values.js";

/** How a call is compiled: `await` it, test at run time whether to, or only keep the mark of a bound function. */
export type CallKind = "await" | "test" | "bind";

/** Which functions become async and which calls wait. */
export interface Classification {
  readonly calls: ReadonlyMap<CallNode, { readonly kind: CallKind; readonly site: CallSite }>;
  /** Whether a call waits whatever the values are. */
  readonly isCertain: (site: CallSite) => boolean;
  /** Functions that the transform makes async; their callers wait for them. */
  readonly suspending: ReadonlySet<FunctionNode>;
  /** Those among them that make a request whenever that call is reached, not only with certain arguments. */
  readonly certain: ReadonlySet<FunctionNode>;
  /**
   * Those that code which cannot wait may call as well (a constructor, `sort`, the top level): with other arguments
   * they may need no waiting at all, so they are compiled a second time as they stand.
   */
  readonly twins: ReadonlySet<FunctionNode>;
  /** Calls that native code could only answer at once, with a callback that certainly suspends. */
  readonly impossible: readonly CallSite[];
}

/** The least set of suspending functions: those with a call that can reach a suspending one. */
export function classifyCalls(flow: Flow): Classification {
  const suspending = new Set<FunctionNode>();
  let heapSuspends = false;
  let storedSuspends = false;

  function suspends(value: Value): boolean {
    switch (value.kind) {
      case "function":
        return suspending.has(value.node);
      case "module-function":
        return value.suspends;
      case "module-method":
        return true;
      case "unknown":
        return heapSuspends;
      case "other":
        return storedSuspends;
      case "class":
      case "module":
        return false;
    }
  }

  // `new` needs a function that answers at once, so what is called with it cannot become async.
  const constructed = new Set<FunctionNode>();
  for (const site of flow.sites) {
    if (site.node.type !== "NewExpression") continue;
    for (const value of site.targets().values) if (value.kind === "function") constructed.add(value.node);
  }
  const targets = flow.sites.map((found) => {
    const { context } = found;
    const builds = context.kind === "function" && context.fn !== undefined && constructed.has(context.fn);
    const site: CallSite = builds ? { ...found, context: { ...context, kind: "constructor" } } : found;
    const { values, exact } = site.targets();
    return { site, values: [...values], exact, callbacks: site.callbacks.flatMap((p) => [...flow.graph.values(p)]) };
  });
  const kindOf = ({ site, values, exact, callbacks }: (typeof targets)[number]): CallKind | undefined => {
    const direct = values.filter(suspends).length;
    if (direct === 0 && !callbacks.some(suspends)) return undefined;
    if (site.binds && direct === 0) return "bind";
    const certain =
      exact && direct === values.length && values.every((v) => v.kind === "function" || v.kind === "module-function");
    return certain ? "await" : "test";
  };

  for (let changed = true; changed; ) {
    changed = false;
    for (const value of flow.graph.values(flow.heap)) {
      // The methods of k6's own objects are found by name; a response in a list does not make every call suspect.
      if (value.kind === "unknown" || value.kind === "other" || value.kind === "module-method") continue;
      if (!heapSuspends && suspends(value)) heapSuspends = changed = true;
    }
    for (const value of flow.graph.values(flow.stored)) {
      if (value.kind === "other" || value.kind === "module-method") continue;
      if (!storedSuspends && suspends(value)) storedSuspends = changed = true;
    }
    for (const target of targets) {
      const { context, node } = target.site;
      if (context.kind !== "function" || context.async || suspending.has(context.fn!)) continue;
      if (node.type === "NewExpression") continue;
      const kind = kindOf(target);
      if (kind === undefined || kind === "bind") continue;
      suspending.add(context.fn!);
      changed = true;
    }
  }

  const calls = new Map<CallNode, { kind: CallKind; site: CallSite }>();
  for (const target of targets) {
    const kind = kindOf(target);
    if (kind === undefined) continue;
    if (target.site.node.type === "NewExpression" && kind !== "await") continue;
    calls.set(target.site.node, { kind, site: target.site });
  }
  const certain = new Set<FunctionNode>();
  const certainly = (value: Value): boolean =>
    value.kind === "function" ? certain.has(value.node) : value.kind === "module-function" && value.suspends;
  for (let changed = true; changed; ) {
    changed = false;
    for (const { site, values } of targets) {
      const { fn } = site.context;
      if (fn === undefined || certain.has(fn) || !suspending.has(fn)) continue;
      if (calls.get(site.node)?.kind !== "await" || !values.every(certainly)) continue;
      certain.add(fn);
      changed = true;
    }
  }

  const impossible: CallSite[] = [];
  for (const { site } of targets) {
    if (site.mustReturn === undefined || site.node.type === "NewExpression") continue;
    const values = [...flow.graph.values(site.mustReturn)];
    if (!values.some(suspends)) continue;
    const callee = site.node.type === "CallExpression" ? unwrap(site.node.callee) : site.node;
    const name = callee.type === "MemberExpression" ? propertyName(callee.property, callee.computed) : undefined;
    if (values.every(certainly) && !flow.ownNames(name ?? "")) impossible.push(site);
    else calls.set(site.node, { kind: "test", site });
  }

  const twins = new Set<FunctionNode>();
  const heapFunctions = [...flow.graph.values(flow.heap)];
  for (let changed = true; changed; ) {
    changed = false;
    for (const { site, values, callbacks } of targets) {
      if (!calls.has(site.node)) continue;
      const { kind, fn } = site.context;
      const waits = kind === "function" && !twins.has(fn!);
      const atOnce = site.mustReturn === undefined ? [] : [...flow.graph.values(site.mustReturn)];
      const called = waits ? atOnce : [...values, ...callbacks, ...atOnce];
      for (const value of called.some((v) => v.kind === "unknown" || v.kind === "other")
        ? [...called, ...heapFunctions]
        : called) {
        if (value.kind !== "function" || !suspending.has(value.node)) continue;
        if (certain.has(value.node) || twins.has(value.node)) continue;
        twins.add(value.node);
        changed = true;
      }
    }
  }
  const isCertain = (site: CallSite): boolean => {
    const { values, exact } = site.targets();
    return exact && [...values].every(certainly);
  };
  return { calls, suspending, certain, twins, impossible, isCertain };
}
