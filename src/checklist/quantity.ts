/** What a number with its unit is about: milliseconds, ratio, per second, bytes, cores, a plain count, a factor. */
export type QuantityKind = "time" | "ratio" | "rate" | "bytes" | "cores" | "count" | "times";

export interface Quantity {
  readonly kind: QuantityKind;
  /** In the kind's base unit. */
  readonly value: number;
}

const number = String.raw`\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?`;

const secondsOf: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600, d: 86_400 };
const period = String.raw`(?:\/|\s?per\s|\s?an?\s|\s?each\s)\s?(?<period>seconds?|secs?|s|minutes?|mins?|m|hours?|hr|h|days?|d)\b`;
const counted = `(?:requests?|reqs?|executions?|transactions?|calls?|operations?|ops|queries|messages|iterations?|events?)`;

/** Each unit as people write it, the longest first; a unit ends where its word does. */
const units: readonly (readonly [pattern: string, kind: QuantityKind, factor: number])[] = [
  [String.raw`(?<kilo>k)?\s?(?:qps|rps|tps|req/s|reqs/s)\b`, "rate", 1],
  [String.raw`(?<kilo>k)?\s?${counted}?${period}`, "rate", 1],
  [String.raw`%|\s?(?:percent|pct)\b`, "ratio", 0.01],
  [String.raw`\s?(?:microseconds?|µs|μs|us)\b`, "time", 0.001],
  [String.raw`\s?(?:milliseconds?|millis|msec|ms)\b`, "time", 1],
  [String.raw`[\s-]?(?:seconds?|secs?|s)\b`, "time", 1000],
  [String.raw`[\s-]?(?:minutes?|mins?)\b`, "time", 60_000],
  [String.raw`[\s-]?(?:hours?|hrs?|h)\b`, "time", 3_600_000],
  [String.raw`[\s-]?(?:days?|d)\b`, "time", 86_400_000],
  [String.raw`\s?KiB\b`, "bytes", 2 ** 10],
  [String.raw`\s?MiB\b`, "bytes", 2 ** 20],
  [String.raw`\s?GiB\b`, "bytes", 2 ** 30],
  [String.raw`\s?kB\b`, "bytes", 1e3],
  [String.raw`\s?MB\b`, "bytes", 1e6],
  [String.raw`\s?GB\b`, "bytes", 1e9],
  [String.raw`\s?TB\b`, "bytes", 1e12],
  [String.raw`\s?cores?\b`, "cores", 1],
  [String.raw`\s?(?:[x×](?![\p{L}\p{N}])|times\b)`, "times", 1],
  [
    String.raw`(?<plus>\+)?\s?(?:concurrent|parallel|simultaneous)\b|(?<plus2>\+)?\s?(?:VUs|virtual users|users|connections)\b`,
    "count",
    1,
  ],
];

const unitPatterns = units.map(([pattern, kind, factor]) => ({
  pattern: new RegExp(`^(?:${pattern})`, "iu"),
  kind,
  factor,
}));
const numberPattern = new RegExp(`^(?:${number})`);

export interface FoundQuantity extends Quantity {
  /** Signs that number and unit take. */
  readonly length: number;
  /** "100+": at least so many. */
  readonly orMore: boolean;
}

/**
 * Reads a number with a unit at a text's beginning: "200 ms", "1,000 QPS", "0.1%", "1000 executions/minute", "2×".
 *
 * @returns undefined where no number stands, or one without a known unit
 */
export function quantityAt(text: string): FoundQuantity | undefined {
  const digits = numberPattern.exec(text)?.[0];
  if (digits === undefined) return undefined;
  const rest = text.slice(digits.length, digits.length + 40);
  const more = rest.startsWith("+") ? 1 : 0;
  for (const { pattern, kind, factor } of unitPatterns) {
    const match = pattern.exec(rest) ?? (more === 1 ? pattern.exec(rest.slice(1)) : null);
    if (match === null) continue;
    const groups = match.groups ?? {};
    const kilo = groups.kilo === undefined ? 1 : 1000;
    const orMore = more === 1 || groups.plus !== undefined || groups.plus2 !== undefined;
    const length = digits.length + match[0].length + (rest.startsWith(match[0]) ? 0 : 1);
    const value = rounded((Number(digits.replaceAll(",", "")) * factor * kilo) / periodSeconds(groups.period));
    return { kind, value, length, orMore };
  }
  return undefined;
}

/** A quantity and nothing else. @returns undefined where the text is another */
export function parseQuantity(text: string): Quantity | undefined {
  const trimmed = text.trim();
  const found = quantityAt(trimmed);
  return found !== undefined && found.length === trimmed.length ? { kind: found.kind, value: found.value } : undefined;
}

function periodSeconds(word: string | undefined): number {
  if (word === undefined) return 1;
  const lower = word.toLowerCase();
  return secondsOf[lower.startsWith("m") ? "min" : lower[0]!]!;
}

/** Factors such as 0.01 leave dust behind that would make equal numbers differ. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}
