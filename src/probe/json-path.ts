import { type Condition, describe, unmet } from "./condition.js";

/**
 * The value at a path such as `status`, `items[0].id`, `$.labels["a.b"]` or `items.length`.
 *
 * @returns undefined where there is none
 */
export function atPath(document: unknown, path: string): unknown {
  let here: unknown = document;
  for (const key of keysOf(path)) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<string, unknown>)[key];
  }
  return here;
}

/** The conditions that a document does not meet, in words. */
export function unmetFields(document: unknown, conditions: Readonly<Record<string, Condition>>): string[] {
  return Object.entries(conditions).flatMap(([path, condition]) => {
    const why = unmet(atPath(document, path), condition);
    return why === undefined ? [] : [`${path} ${why}`];
  });
}

/** Conditions by path in words, for what was asked. */
export function describeFields(conditions: Readonly<Record<string, Condition>>): string {
  return Object.entries(conditions)
    .map(([path, condition]) => `${path} ${describe(condition)}`)
    .join(", ");
}

function keysOf(path: string): string[] {
  const keys: string[] = [];
  const token = /\[\s*(?:"([^"]*)"|'([^']*)'|(\d+))\s*\]|([^.[\]]+)/g;
  for (const [, double, single, index, plain] of path.replace(/^\$\.?/, "").matchAll(token)) {
    keys.push(double ?? single ?? index ?? plain!);
  }
  return keys;
}
