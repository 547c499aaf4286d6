import type { Vu } from "../model/vu.js";
import { asModule } from "./as-module.js";
import { misuse } from "./script-fail.js";
import { sharedArrayKey } from "./shared-array.js";

/**
 * The module `k6/data`.
 *
 * A SharedArray is built by the first VU of an engine and frozen, and is one and the same array for all of them. As
 * in k6 its elements go through JSON, so that functions and class instances do not travel. Engines in further threads read the first one's elements.
 */
export function dataModule(vu: Vu): object {
  function SharedArray(name: unknown, build: unknown): readonly unknown[] {
    if (vu.phase !== "init") {
      throw misuse("k6.shared-array-outside-init", `The SharedArray ${String(name)} is made too late.`, {
        found: `created during ${vu.phase}`,
        hint: "Create it at the top of the script, outside its functions.",
      });
    }
    if (typeof name !== "string" || name === "") {
      throw misuse("k6.shared-array-name", "A SharedArray needs a name.", {
        found: name,
        hint: 'Write it like new SharedArray("users", () => JSON.parse(open("users.json"))).',
      });
    }
    const key = sharedArrayKey(name);
    const known = vu.shared.get(key);
    if (known !== undefined) return known as readonly unknown[];
    const elements: unknown = typeof build === "function" ? (build as () => unknown)() : undefined;
    if (!Array.isArray(elements)) {
      throw misuse("k6.shared-array-elements", `The function of SharedArray "${name}" must return an array.`, {
        found: elements instanceof Promise ? "a promise" : typeof elements,
        expected: "an array",
        hint: elements instanceof Promise ? "The function may not be async." : "Return an array from it.",
      });
    }
    const shared = JSON.parse(JSON.stringify(elements), (_key, value: unknown) => Object.freeze(value)) as unknown[];
    vu.shared.set(key, shared);
    return shared;
  }
  return asModule({ SharedArray });
}
