/**
 * Picks a value out of parsed JSON by a selector such as `items.0.name`, `items.#`, or `items.#.name`.
 *
 * The part of gjson's syntax that `Response.json` is used with: keys, array indexes, `#` as the length of an array
 * or, in the middle, its every element, and `\.` for a dot within a key.
 *
 * @returns undefined where nothing is found
 */
export function selectJson(root: unknown, selector: string): unknown {
  return select(root, split(selector), 0);
}

function select(value: unknown, keys: readonly string[], at: number): unknown {
  const key = keys[at];
  if (key === undefined) return value;
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    if (key !== "#") return /^\d+$/.test(key) ? select(value[Number(key)], keys, at + 1) : undefined;
    if (at === keys.length - 1) return value.length;
    // Elements without the rest of the path are left out.
    return value.map((each) => select(each, keys, at + 1)).filter((each) => each !== undefined);
  }
  return Object.hasOwn(value, key) ? select((value as Record<string, unknown>)[key], keys, at + 1) : undefined;
}

function split(selector: string): string[] {
  const keys: string[] = [];
  let key = "";
  for (let i = 0; i < selector.length; i += 1) {
    const letter = selector[i]!;
    if (letter === "\\" && i + 1 < selector.length) {
      i += 1;
      key += selector[i];
    } else if (letter === ".") {
      keys.push(key);
      key = "";
    } else {
      key += letter;
    }
  }
  keys.push(key);
  return keys;
}
