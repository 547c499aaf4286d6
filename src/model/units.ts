import { Problem } from "./problem.js";

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * A duration in milliseconds from k6's notation: "1h30m", "250ms", "1d", or a number of milliseconds.
 *
 * @throws {Problem} `duration.invalid`
 */
export function parseDuration(input: string | number, at: string): number {
  if (typeof input === "number" && Number.isFinite(input) && input >= 0) return input;
  const text = typeof input === "string" ? input.trim() : "";
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  let total = 0;
  let rest = text;
  while (rest !== "") {
    const match = /^(\d+(?:\.\d+)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d)/.exec(rest);
    if (match === null) break;
    total += Number(match[1]) * unitMs[match[2]!]!;
    rest = rest.slice(match[0].length);
  }
  if (text === "" || rest !== "") {
    throw new Problem("duration.invalid", `${at} is not a duration.`, {
      at,
      found: input,
      expected: 'a number with a unit, such as "90s", "1h30m" or "250ms"',
      hint: 'Write it like "30s".',
    });
  }
  return total;
}

/** A duration as people write it: 90000 -> "1m30s", 250 -> "250ms". */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const totalSeconds = Math.round(ms / 100) / 10;
  const hours = Math.floor(totalSeconds / 3600);
  const minutes = Math.floor((totalSeconds % 3600) / 60);
  const seconds = Math.round((totalSeconds % 60) * 10) / 10;
  const parts = [hours > 0 ? `${hours}h` : "", minutes > 0 ? `${minutes}m` : "", seconds > 0 ? `${seconds}s` : ""];
  return parts.join("") || "0s";
}

/** Milliseconds with a unit that suits the size: 0.42 -> "420µs", 12.345 -> "12.35ms", 1500 -> "1.5s". */
export function formatMs(ms: number): string {
  if (!Number.isFinite(ms)) return "–";
  const abs = Math.abs(ms);
  if (abs === 0) return "0s";
  if (abs < 0.9995) return `${trim(ms * 1000, 2)}µs`;
  if (abs < 999.5) return `${trim(ms, 2)}ms`;
  if (abs < 60_000) return `${trim(ms / 1000, 2)}s`;
  return formatDuration(ms);
}

/** Bytes in decimal units, as k6 prints them: 1234567 -> "1.2 MB". */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${trim(value, Math.abs(value) < 10 ? 1 : 0)} ${units[unit]}`;
}

function trim(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
