import type { Segmentation } from "../model/options.js";
import { Problem } from "../model/problem.js";
import { isSet, shown, text } from "./fields.js";
import type { RawOptions } from "./raw-options.js";

/** A whole number over a whole number above 0, in lowest terms. */
interface Ratio {
  readonly over: bigint;
  readonly under: bigint;
}

/** What is dealt out in turn repeats after this many at most: finer segments would take memory and serve nobody. */
const longestCycle = 1_000_000n;
const zero: Ratio = { over: 0n, under: 1n };
const one: Ratio = { over: 1n, under: 1n };

/**
 * The part of the test that `executionSegment` gives to this process, in k6's notation: "0:1/4", "1/4:50%", "0.5:1",
 * or "1/4" alone, which begins at 0. `executionSegmentSequence` names where the segments of all processes begin and
 * end: "0,1/4,1/2,1". Without it the rest of the test is taken for one segment before and one after.
 *
 * @returns undefined for the whole test
 * @throws {Problem} `options.execution-segment…` with what was found and the remedy
 */
export function segmentOf(values: RawOptions): Segmentation | undefined {
  const segmentAt = "options.executionSegment";
  const sequenceAt = "options.executionSegmentSequence";
  const given = isSet(values.executionSegment) ? text(values.executionSegment, segmentAt).trim() : "";
  const listed = isSet(values.executionSegmentSequence) ? text(values.executionSegmentSequence, sequenceAt).trim() : "";
  if (given === "" && listed === "") return undefined;
  const segment = given === "" ? { from: zero, to: one } : parseSegment(given, segmentAt);
  const bounds = listed === "" ? [segment.from, segment.to] : parseSequence(listed, sequenceAt);
  if (compare(bounds[0]!, zero) !== 0) bounds.unshift(zero);
  if (compare(bounds.at(-1)!, one) !== 0) bounds.push(one);
  const index = bounds.findIndex((bound) => compare(bound, segment.from) === 0);
  if (index < 0 || index === bounds.length - 1 || compare(bounds[index + 1]!, segment.to) !== 0) {
    throw new Problem("options.execution-segment-not-in-sequence", "The execution segment is none of its sequence.", {
      at: segmentAt,
      found: given === "" ? "the whole test" : given,
      expected: bounds
        .slice(1)
        .map((bound, i) => `${write(bounds[i]!)}:${write(bound)}`)
        .join(", "),
      hint: "Give one of the sequence's segments; every process of the test needs the same sequence.",
    });
  }
  const parts = partsBetween(bounds, listed === "" ? segmentAt : sequenceAt, listed === "" ? given : listed);
  return parts.length === 1 ? undefined : { parts, index };
}

function parseSegment(word: string, at: string): { from: Ratio; to: Ratio } {
  const [first, second, ...more] = word.split(":");
  if (more.length > 0) throw unreadable(word, at);
  const from = second === undefined ? zero : parseRatio(first!, at, word);
  const to = parseRatio(second ?? first!, at, word);
  if (compare(from, to) >= 0) {
    throw new Problem("options.execution-segment-empty", `${at} ends where it begins, or before.`, {
      at,
      found: word,
      expected: "a beginning below its end",
      hint: 'Write it like "1/4:1/2".',
    });
  }
  return { from, to };
}

function parseSequence(word: string, at: string): Ratio[] {
  const bounds = word.split(",").map((part) => parseRatio(part, at, word));
  if (bounds.length < 2 || bounds.some((bound, i) => i > 0 && compare(bounds[i - 1]!, bound) >= 0)) {
    throw new Problem("options.execution-segment-sequence", `${at} does not ascend.`, {
      at,
      found: word,
      expected: "two or more bounds, each above the one before",
      hint: 'Write where the segments begin and end, like "0,1/4,1/2,1".',
    });
  }
  return bounds;
}

/** "1/4", "25%" or "0.25", from 0 to 1. */
function parseRatio(part: string, at: string, whole: string): Ratio {
  const word = part.trim();
  const fraction = /^(\d{1,18})\/(\d{1,18})$/.exec(word);
  const percent = /^(\d{1,3})%$/.exec(word);
  const decimal = /^(\d)(?:\.(\d{1,12}))?$/.exec(word);
  const ratio =
    fraction !== null && BigInt(fraction[2]!) > 0n
      ? reduced(BigInt(fraction[1]!), BigInt(fraction[2]!))
      : percent !== null
        ? reduced(BigInt(percent[1]!), 100n)
        : decimal !== null
          ? reduced(BigInt(decimal[1]! + (decimal[2] ?? "")), 10n ** BigInt(decimal[2]?.length ?? 0))
          : undefined;
  if (ratio === undefined) throw unreadable(whole, at);
  if (compare(ratio, one) > 0) {
    throw new Problem("options.execution-segment-beyond", `${at} reaches beyond the whole test.`, {
      at,
      found: shown(whole),
      expected: "bounds from 0 to 1",
      hint: 'Write parts of the whole, like "1/4:1/2" or "25%:50%".',
    });
  }
  return ratio;
}

function unreadable(word: string, at: string): Problem {
  return new Problem("options.execution-segment", `${at} cannot be read.`, {
    at,
    found: shown(word),
    expected: 'bounds such as "1/4", "25%" or "0.25"',
    hint: at.endsWith("Sequence") ? 'Write it like "0,1/4,1/2,1".' : 'Write it like "0:1/4".',
  });
}

/** The segments' sizes as whole numbers without a common divisor. */
function partsBetween(bounds: readonly Ratio[], at: string, word: string): number[] {
  const common = bounds.reduce((under, bound) => (under / divisor(under, bound.under)) * bound.under, 1n);
  const places = bounds.map(({ over, under }) => over * (common / under));
  const sizes = places.slice(1).map((place, i) => place - places[i]!);
  const shared = sizes.reduce(divisor, 0n);
  if (common / shared > longestCycle) {
    throw new Problem("options.execution-segment-too-fine", `${at} cuts the test too finely.`, {
      at,
      found: word,
      expected: `segments with a common denominator up to ${longestCycle}`,
      hint: 'Write thirds as "1/3", not as "0.333333".',
    });
  }
  return sizes.map((size) => Number(size / shared));
}

function compare(a: Ratio, b: Ratio): number {
  const difference = a.over * b.under - b.over * a.under;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function reduced(over: bigint, under: bigint): Ratio {
  const shared = divisor(over, under);
  return { over: over / shared, under: under / shared };
}

function divisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : divisor(b, a % b);
}

function write({ over, under }: Ratio): string {
  return under === 1n ? `${over}` : `${over}/${under}`;
}
