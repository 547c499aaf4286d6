import { Problem } from "../model/problem.js";
import { parseDuration } from "../model/units.js";

/** An option is unset when it is absent or null, as in k6. */
export function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** A value as a message shows it: objects as JSON, cut where they are long. */
export function shown(value: unknown): unknown {
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return value;
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 100 ? `${json.slice(0, 99)}…` : json;
}

/**
 * A whole number; digits in a string count too, because `__ENV.RATE` is one.
 *
 * @throws {Problem} `options.not-a-whole-number`, or `options.too-small` below `min`
 */
export function wholeNumber(value: unknown, at: string, min: number, hint: string): number {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isSafeInteger(number)) {
    throw new Problem("options.not-a-whole-number", `${at} is not a whole number.`, {
      at,
      found: shown(value),
      expected: "a whole number",
      hint,
    });
  }
  if (number < min) {
    throw new Problem("options.too-small", `${at} is too small.`, {
      at,
      found: shown(value),
      expected: `at least ${min}`,
      hint,
    });
  }
  return number;
}

/**
 * A duration in milliseconds.
 *
 * @throws {Problem} `duration.invalid`, or `options.too-short` below `minMs`
 */
export function duration(value: unknown, at: string, minMs = 0): number {
  // Anything but text and numbers falls through to the message about the notation.
  const ms = parseDuration(value as string | number, at);
  if (ms < minMs) {
    throw new Problem("options.too-short", `${at} is too short.`, {
      at,
      found: shown(value),
      expected: `at least ${minMs / 1000}s`,
      hint: 'A plain number means milliseconds; write seconds as "30s".',
    });
  }
  return ms;
}

/** @throws {Problem} `options.not-a-boolean` */
export function flag(value: unknown, at: string): boolean {
  if (typeof value === "boolean") return value;
  if (value === "true" || value === "1") return true;
  if (value === "false" || value === "0") return false;
  throw new Problem("options.not-a-boolean", `${at} is neither true nor false.`, {
    at,
    found: shown(value),
    expected: "true or false",
    hint: "Write it without quotes.",
  });
}

/** @throws {Problem} `options.not-text` */
export function text(value: unknown, at: string): string {
  if (typeof value === "string") return value;
  throw new Problem("options.not-text", `${at} is not text.`, {
    at,
    found: shown(value),
    expected: "a string",
    hint: "Put it in quotes.",
  });
}

/** @throws {Problem} `options.not-an-object` */
export function record(value: unknown, at: string, hint: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Problem("options.not-an-object", `${at} is not an object.`, {
    at,
    found: shown(value),
    expected: "an object",
    hint,
  });
}

/** @throws {Problem} `options.not-a-list` */
export function list(value: unknown, at: string, hint: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Problem("options.not-a-list", `${at} is not a list.`, {
    at,
    found: shown(value),
    expected: "an array",
    hint,
  });
}

/** Text by name; numbers and booleans become text, as environment variables and tags are. */
export function textByName(value: unknown, at: string): Record<string, string> {
  const named = record(value, at, 'Write it like { team: "checkout" }.');
  return Object.fromEntries(
    Object.entries(named)
      .filter(([, entry]) => isSet(entry))
      .map(([name, entry]) => {
        if (typeof entry === "number" || typeof entry === "boolean") return [name, String(entry)];
        return [name, text(entry, `${at}.${name}`)];
      }),
  );
}
