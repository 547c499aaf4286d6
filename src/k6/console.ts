import type { Vu } from "../model/vu.js";
import { maskSecrets } from "./secrets/sources.js";

/** The five methods that k6's console has. Objects are shown as JSON, several arguments with a space between. */
export function scriptConsole(vu: Vu): Vu["console"] {
  const through =
    (level: keyof Vu["console"]) =>
    (...values: unknown[]): void =>
      vu.console[level](maskSecrets(vu.shared, values.map(shown).join(" ")));
  return {
    log: through("log"),
    info: through("info"),
    warn: through("warn"),
    error: through("error"),
    debug: through("debug"),
  };
}

function shown(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Error) return value.stack ?? String(value);
  if (value instanceof ArrayBuffer) return `ArrayBuffer ${listed(new Uint8Array(value))}`;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return `${value.constructor.name} ${listed(value as Uint8Array)}`;
  }
  return json(value);
}

/** As many elements as a log line bears. */
function listed(values: Uint8Array): string {
  const first = [...values.subarray(0, 100)].join(", ");
  return values.length > 100 ? `(${values.length}) [${first}, …]` : `(${values.length}) [${first}]`;
}

function json(value: object): string {
  const above: object[] = [];
  try {
    const text = JSON.stringify(value, function (this: object, _key, entry: unknown) {
      if (typeof entry === "bigint") return String(entry);
      if (typeof entry !== "object" || entry === null) return entry;
      // `this` holds the entry: whatever lies above it in the stack is no ancestor any more.
      while (above.length > 0 && above.at(-1) !== this) above.pop();
      if (above.includes(entry)) return "[Circular]";
      above.push(entry);
      return entry;
    });
    return text ?? String(value);
  } catch {
    return String(value);
  }
}
