import type { ObjectExpression } from "acorn";
import type { CallNode, FunctionNode, Node } from "../ast.js";
import type { Binding } from "../scope.js";
import type { FlowGraph, Place, Value } from "../values.js";

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

/** Module code: whatever stands in no function. */
export const topLevel: Context = { kind: "top", fn: undefined, async: false };

/** What calls need of the walk through the rest of the program. */
export interface Walk {
  evaluate(node: Node, context: Context): Place;
  visitFunction(fn: FunctionNode, context: Context): void;
  /** What `this` may be. */
  thisOf(context: Context): Place;
  /** What `super` may be, by the function that stands in the class. */
  readonly superOf: ReadonlyMap<FunctionNode, Place>;
  /** What has been evaluated so far. */
  readonly evaluated: ReadonlyMap<Node, Place>;
  /** Variables that are an object literal for good. */
  readonly literals: ReadonlyMap<Binding, ObjectExpression>;
}
