const values = new WeakMap<object, { readonly value: unknown }>();

/**
 * A promise whose value is there already.
 *
 * The top level of a script cannot wait, but it may `await` such a one: see {@link settledValue}.
 */
export function settled<T>(value: T): Promise<T> {
  const promise = Promise.resolve(value);
  values.set(promise, { value });
  return promise;
}

/** @returns undefined for every promise that {@link settled} did not make */
export function settledValue(promise: unknown): { readonly value: unknown } | undefined {
  return typeof promise === "object" && promise !== null ? values.get(promise) : undefined;
}
