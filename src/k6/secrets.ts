import { didYouMean } from "../model/nearest.js";
import type { Vu } from "../model/vu.js";
import { asModule } from "./as-module.js";
import { misuse } from "./script-fail.js";
import { readSecretSources, type SecretSource } from "./secrets/sources.js";
import { settled } from "./settled.js";

/**
 * The module `k6/secrets`: values that a script may use and no log shows.
 *
 * What a script has asked for is masked wherever the engine writes: see `maskSecrets`.
 */
export function secretsModule(vu: Vu): object {
  const sources = readSecretSources(vu);
  const source = (name: SecretSource) => ({
    get(key: unknown): Promise<string> {
      const value = name.values.get(String(key));
      if (value === undefined) {
        const known = [...name.values.keys()];
        return Promise.reject(
          misuse("secrets.unknown", `The secret source "${name.name}" has no such secret.`, {
            found: key,
            hint: `Add it to the source.${didYouMean(String(key), known)}`,
          }),
        );
      }
      return settled(value);
    },
  });
  return asModule({
    get(key: unknown): Promise<string> {
      const main = sources.length === 1 ? sources[0] : sources.find((each) => each.isDefault);
      if (main !== undefined) return source(main).get(key);
      return Promise.reject(
        misuse("secrets.no-source", "There is no default source of secrets.", {
          found: `${sources.length} sources`,
          hint: "Give one with --secret-source file=PATH, and mark one of several with the word default.",
        }),
      );
    },
    source(name: unknown): object {
      const found = sources.find((each) => each.name === String(name));
      if (found !== undefined) return source(found);
      throw misuse("secrets.source-unknown", "There is no such source of secrets.", {
        found: name,
        expected: sources.map((each) => each.name).join(", "),
        hint: "Give it with --secret-source file=name=NAME,PATH.",
      });
    },
  });
}
