import type { ClassNode, FunctionNode } from "./ast.js";

/** A value that the flow analysis tracks: what a call might reach. */
export type Value =
  | { readonly kind: "function"; readonly node: FunctionNode }
  | { readonly kind: "class"; readonly node: ClassNode }
  | { readonly kind: "module"; readonly id: string }
  | { readonly kind: "module-function"; readonly id: string; readonly name: string; readonly suspends: boolean }
  /** A method of an object that a k6 module made; it may or may not be behind the name. */
  | { readonly kind: "module-method"; readonly name: string }
  /** Anything that the script ever stored in an object or gave to native code. */
  | { readonly kind: "unknown" }
  /** Whatever else an unknown object may hold under a name: native functions, or no function at all. */
  | { readonly kind: "other" };

export const otherValue: Value = { kind: "other" };
export const unknownValue: Value = { kind: "unknown" };

/** Index of a place in the flow graph: a variable, a parameter, a property name, an expression. */
export type Place = number;

/** More functions than this in one place are no longer told apart there. */
const limit = 40;

/**
 * Sets of values that flow along edges until nothing changes (Andersen's analysis, inclusion-based).
 *
 * A place that overflows means "unknown" from then on, and what did not fit counts as stored in {@link heap}:
 * less exact, never wrong, and large libraries stay affordable.
 */
export class FlowGraph {
  readonly #values: Set<Value>[] = [];
  readonly #edges: Set<Place>[] = [];
  readonly #watchers: ((value: Value) => void)[][] = [];
  readonly #pending: [Place, Value][] = [];
  readonly #unlimited = new Set<Place>();
  /** Anything that the script ever stored in an object or gave to native code. */
  readonly heap = this.store();

  /** A place that keeps every value apart. */
  store(): Place {
    const place = this.place();
    this.#unlimited.add(place);
    return place;
  }

  place(): Place {
    this.#edges.push(new Set());
    this.#watchers.push([]);
    return this.#values.push(new Set()) - 1;
  }

  values(place: Place): ReadonlySet<Value> {
    return this.#values[place]!;
  }

  add(place: Place, value: Value): void {
    const values = this.#values[place]!;
    if (values.has(value)) return;
    if (values.size >= limit && value !== unknownValue && !this.#unlimited.has(place)) {
      this.add(this.heap, value);
      this.add(place, unknownValue);
      return;
    }
    values.add(value);
    this.#pending.push([place, value]);
  }

  /** Whatever reaches `from` reaches `to`. */
  connect(from: Place, to: Place): void {
    const edges = this.#edges[from]!;
    if (from === to || edges.has(to)) return;
    edges.add(to);
    for (const value of this.#values[from]!) this.add(to, value);
  }

  /** Calls back for every value that reaches the place, now or later. */
  watch(place: Place, seen: (value: Value) => void): void {
    this.#watchers[place]!.push(seen);
    for (const value of [...this.#values[place]!]) seen(value);
  }

  settle(): void {
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      const [place, value] = next;
      for (const to of this.#edges[place]!) this.add(to, value);
      for (const seen of this.#watchers[place]!) seen(value);
    }
  }
}
