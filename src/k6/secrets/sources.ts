import { Problem } from "../../model/problem.js";
import type { Vu } from "../../model/vu.js";

/** Secrets by name, from one `--secret-source`. */
export interface SecretSource {
  readonly name: string;
  readonly isDefault: boolean;
  readonly values: ReadonlyMap<string, string>;
}

const sourcesKey = "k6/secrets:sources";
const specsKey = "k6/secrets:specs";
const mask = "***SECRET_REDACTED***";

/** Hands the command line's sources to the VUs of an engine; they are read when a script imports the module. */
export function giveSecretSources(shared: Map<string, unknown>, specs: readonly string[]): void {
  shared.set(specsKey, specs);
}

/**
 * The sources of the run, read once.
 *
 * @throws {Problem} `secrets.source-invalid`, or what reading the file finds wrong
 */
export function readSecretSources(vu: Vu): readonly SecretSource[] {
  let sources = vu.shared.get(sourcesKey) as readonly SecretSource[] | undefined;
  if (sources === undefined) {
    sources = ((vu.shared.get(specsKey) ?? []) as readonly string[]).map((spec) => readSource(vu, spec));
    vu.shared.set(sourcesKey, sources);
  }
  return sources;
}

/** A text without any of the secrets that this run's script could have put into it. */
export function maskSecrets(shared: ReadonlyMap<string, unknown>, text: string): string {
  const sources = shared.get(sourcesKey) as readonly SecretSource[] | undefined;
  if (sources === undefined) return text;
  let masked = text;
  for (const { values } of sources) {
    for (const value of values.values()) if (value !== "") masked = masked.replaceAll(value, mask);
  }
  return masked;
}

/** `file=PATH`, `file=name=staging,PATH`, `mock=default,key=value,key=value` */
function readSource(vu: Vu, spec: string): SecretSource {
  const kind = spec.slice(0, Math.max(0, spec.indexOf("=")));
  if (kind !== "file" && kind !== "mock") {
    throw new Problem("secrets.source-invalid", "This is no source of secrets.", {
      at: "--secret-source",
      found: kind === "" ? "no kind" : kind,
      expected: "file=PATH, or mock=key=value",
    });
  }
  const parts = spec.slice(kind.length + 1).split(",");
  const named = parts.find((part) => part.startsWith("name="));
  const rest = parts.filter((part) => part !== "default" && part !== named);
  const lines =
    kind === "mock"
      ? rest
      : Buffer.from(vu.readFile(rest.join(",").replace(/^filename=/, "")))
          .toString("utf8")
          .split("\n");
  const values = new Map<string, string>();
  for (const line of lines) {
    const text = line.trim();
    if (text === "" || text.startsWith("#")) continue;
    const equals = text.indexOf("=");
    if (equals < 1) {
      // The line may be a secret without its name: it is not shown.
      throw new Problem("secrets.source-invalid", "A line of a secret source is not key=value.", {
        at: `--secret-source ${kind}`,
        found: `line ${lines.indexOf(line) + 1}`,
        expected: "key=value",
      });
    }
    values.set(text.slice(0, equals).trim(), text.slice(equals + 1).trim());
  }
  return { name: named?.slice(5) ?? "default", isDefault: parts.includes("default"), values };
}
