import type { RawOptions } from "./raw-options.js";

/**
 * Names that differ from known ones in capitals only, put right: k6 does not tell them apart.
 *
 * A name that stands there in its own spelling, too, wins.
 *
 * @param at the path of the object, for the warnings
 */
export function respelled(
  given: RawOptions,
  known: readonly string[],
  at: string,
): { readonly values: RawOptions; readonly warnings: readonly string[] } {
  const right = new Map(known.map((name) => [name.toLowerCase(), name]));
  const warnings: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const proper = right.get(name.toLowerCase());
    if (proper === undefined || proper === name) values[name] = value;
    else if (!Object.hasOwn(given, proper)) {
      values[proper] = value;
      warnings.push(`${at}.${name} is read as ${proper}.`);
    }
  }
  return { values, warnings };
}
