import type { ObjectExpression } from "acorn";
import { type CallNode, type Node, propertyName, unwrap } from "../ast.js";
import type { Binding, Scopes } from "../scope.js";
import { laterCallbacks, loopMethods, synchronousCallbacks } from "../suspending-calls.js";
import { type Place, unknownValue } from "../values.js";
import { makeGlue } from "./glue.js";
import type { Implicit } from "./implicit.js";
import type { Members } from "./members.js";
import { nativeNames } from "./native-names.js";
import type { CallSite, Context, Walk } from "./types.js";
import type { World } from "./world.js";

/** Follows calls: what the callee may be, what becomes of the arguments, and which callbacks it runs before it returns. */
export function makeCalls(scopes: Scopes, world: World, members: Members, implicit: Implicit, walk: Walk) {
  const { graph, nothing, heap, anyName, escaped, calledByUnknown } = world;
  const { callFunction, giveAll, hasProperty, link, property, receiverOf, resultOf, union } = world;
  const { evaluate, thisOf, superOf, evaluated, literals } = walk;
  const { member, memberTargets } = members;
  const { findImplicit } = implicit;
  const callGlue = makeGlue(scopes, world, walk);
  const sites: CallSite[] = [];
  const checks: (() => void)[] = [];

  return {
    call,
    sites,
    /** What can only be said of k6's `check` once it is known which calls are. */
    settleChecks(): void {
      for (const check of checks) check();
    },
  };

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
        const own = !nativeNames.has(name) && hasProperty(name) && calleeNode.type === "MemberExpression";
        const sync = synchronousCallbacks[name];
        if (loopMethods.has(name)) {
          callbacks.push(...given);
          giveAll(given, calledByUnknown);
          for (const place of given) {
            graph.watch(place, (v) => {
              if (v.kind !== "function") return;
              graph.connect(resultOf(v.node), heap);
              for (const other of given) graph.connect(other, receiverOf(v.node));
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
            graph.watch(property("get"), (v) => v.kind === "function" && graph.connect(resultOf(v.node), to));
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
}
