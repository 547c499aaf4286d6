import type { Comparator } from "../model/checklist.js";
import { type QuantityKind, quantityAt } from "./quantity.js";

/** A number that a sentence promises. */
export interface Promised {
  readonly kind: QuantityKind;
  /** Base unit of its kind. */
  readonly value: number;
  /** The sign as written, or the side alone where words say it; absent where nothing does. */
  readonly operator?: Comparator | "upper" | "lower";
  /** `p(95)`, `avg`, `max`; absent where the sentence names none. */
  readonly statistic?: string;
  /** As the reader sees it. */
  readonly words: string;
}

const upperBefore =
  /(?:under|below|less than|lower than|faster than|within|at most|no more than|not more than|up to|max(?:imum)?(?: of)?|not exceed(?:ing)?|limited to)\s*$/i;
const lowerBefore =
  /(?:(?<!not )over|above|more than|at least|min(?:imum)?(?: of)?|greater than|higher than|exceeds|no less than|not less than)\s*$/i;
const upperAfter = /^\s*(?:or (?:less|faster|lower|below|better)|max(?:imum)?\b|at most)/i;
const lowerAfter = /^\s*(?:or (?:more|higher|above)|min(?:imum)\b|at least)/i;
const sign = /(<=|>=|<|>|≤|≥|=<|=>)\s*$/;
const signs: Readonly<Record<string, Comparator>> = { "≤": "<=", "≥": ">=", "=<": "<=", "=>": ">=" };

const statistics: readonly (readonly [pattern: string, name: (found: RegExpExecArray) => string])[] = [
  [String.raw`\bp\s?\(\s?(\d{1,2}(?:\.\d+)?|9{3,4})\s?\)`, (found) => percentile(found[1]!)],
  [String.raw`\bp\s?(\d{1,2}(?:\.\d+)?|9{3,4})(?![\w%])`, (found) => percentile(found[1]!)],
  [String.raw`\b(\d{1,2}(?:\.\d+)?)(?:st|nd|rd|th)\b(?:[\s-]*(?:percentile|pct))?`, (found) => percentile(found[1]!)],
  [String.raw`\bmedian\b`, () => "p(50)"],
  [String.raw`\b(?:average|mean|avg)\b`, () => "avg"],
  [String.raw`\b(?:max(?:imum)?|slowest|worst)\s+(?:response|latency|time|duration)`, () => "max"],
];

interface Place {
  readonly at: number;
  readonly end: number;
  /** Not a number for what was only observed. */
  readonly value: number;
}

interface Mark {
  readonly at: number;
  readonly end: number;
  readonly statistic: string;
}

/**
 * The limits in a sentence: numbers with a unit, their operators and the percentiles that they belong to.
 *
 * A percentile belongs to the next number after it, as in "p50 < 50 ms, p95 < 100 ms", or to the number before it, as
 * in "< 100 ms (p95)". What is marked as about ("~16 ms") was observed and is no limit.
 */
export function promisesOf(sentence: string): Promised[] {
  const text = sentence.slice(0, 4000);
  const marks = statisticsIn(text);
  const found: (Promised & Place)[] = [];
  for (const match of text.matchAll(/(?<![\w.,/:-])\d/g)) {
    const at = match.index;
    if (found.some((other) => at < other.end) || marks.some((mark) => at >= mark.at && at < mark.end)) continue;
    const quantity = quantityAt(text.slice(at, at + 60));
    if (quantity === undefined) continue;
    const end = at + quantity.length;
    const before = text.slice(Math.max(0, at - 30), at);
    if (/[~≈]\s*$|\babout\s*$|\bapprox\w*\.?\s*$/i.test(before)) {
      found.push({ kind: "count", value: Number.NaN, words: "", at, end });
      continue;
    }
    const operator = operatorOf(before, text.slice(end, end + 20), quantity.orMore);
    const from = at - (sign.exec(before)?.[0].length ?? 0);
    found.push({
      kind: quantity.kind,
      value: quantity.value,
      ...(operator === undefined ? {} : { operator }),
      words: text.slice(from, end).trim(),
      at,
      end,
    });
  }
  return found
    .map((one, i) => {
      const statistic = one.kind === "time" ? statisticOf(text, marks, found, i) : undefined;
      const { kind, value, operator, words } = one;
      return {
        kind,
        value,
        ...(operator === undefined ? {} : { operator }),
        ...(statistic === undefined ? {} : { statistic }),
        words: statistic === undefined ? words : `${statistic} ${words}`,
      };
    })
    .filter((one) => !Number.isNaN(one.value));
}

/** The percentiles and the like that a sentence names, whether or not a number follows. */
export function statisticsNamed(sentence: string): string[] {
  return statisticsIn(sentence.slice(0, 4000)).map((mark) => mark.statistic);
}

function operatorOf(before: string, after: string, orMore: boolean): Promised["operator"] {
  const written = sign.exec(before)?.[1];
  if (written !== undefined) return signs[written] ?? (written as Comparator);
  if (orMore) return ">=";
  if (upperBefore.test(before) || upperAfter.test(after)) return "upper";
  if (lowerBefore.test(before) || lowerAfter.test(after)) return "lower";
  return undefined;
}

function statisticsIn(text: string): Mark[] {
  const marks = statistics.flatMap(([pattern, name]) =>
    [...text.matchAll(new RegExp(pattern, "gi"))].map((found) => ({
      at: found.index,
      end: found.index + found[0].length,
      statistic: name(found as RegExpExecArray),
    })),
  );
  return marks.sort((a, b) => a.at - b.at);
}

/**
 * The percentile of a limit: the last one between the previous limit and this one, unless it stands in brackets and
 * so belongs to what came before; else the first one between this limit and the next.
 */
function statisticOf(text: string, marks: readonly Mark[], found: readonly Place[], i: number): string | undefined {
  const limits = found.filter((one) => !Number.isNaN(one.value));
  const here = found[i]!;
  const previous = limits.filter((one) => one.end <= here.at).at(-1)?.end;
  const next = limits.find((one) => one.at >= here.end)?.at ?? Number.POSITIVE_INFINITY;
  const before = marks.filter((mark) => mark.at >= (previous ?? 0) && mark.end <= here.at).at(-1);
  const isAfterword = previous !== undefined && before !== undefined && isBracketed(text, before);
  if (before !== undefined && !isAfterword) return before.statistic;
  return marks.find((mark) => mark.at >= here.end && mark.at < next)?.statistic;
}

function isBracketed(text: string, mark: Mark): boolean {
  return /\(\s*$/.test(text.slice(0, mark.at)) && /^\s*\)/.test(text.slice(mark.end));
}

/** "999" is said "three nines": the 99.9th. */
function percentile(digits: string): string {
  if (/^9{3,4}$/.test(digits)) return `p(99.${digits.slice(2)})`;
  return `p(${Number(digits)})`;
}
