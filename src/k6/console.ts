import type { Vu } from "../model/vu.js";
import { maskSecrets } from "./secrets/sources.js";

/**
 * The five methods that k6's console has. Several arguments have a space between.
 *
 * Objects are shown as JSON, which is what k6 did for most of its versions; buffers and typed arrays as it does since.
 */
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

/** As many elements as a log line bears. */
const mostListed = 100;

function shown(value: unknown): string {
  if (typeof value === "function") return "[object Function]";
  if (typeof value !== "object" || value === null || value instanceof Error) return String(value);
  if (value instanceof ArrayBuffer) {
    const bytes = [...new Uint8Array(value, 0, Math.min(value.byteLength, mostListed))];
    const rest = value.byteLength > mostListed ? " …" : "";
    const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    return `ArrayBuffer { [Uint8Contents]: <${hex}${rest}>, byteLength: ${value.byteLength} }`;
  }
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const { length } = value as Uint8Array;
    const listed = [...(value as Uint8Array).subarray(0, mostListed), ...(length > mostListed ? ["…"] : [])];
    return `${value.constructor.name}(${length}) ${length === 0 ? "[]" : `[ ${listed.join(", ")} ]`}`;
  }
  return json(value);
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
