import * as z from "zod";

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** A pattern: a regular expression, or its text. */
export const patternSchema = z.union([
  z.instanceof(RegExp),
  z
    .string()
    .refine(isPattern, "a regular expression")
    .transform((text) => new RegExp(text)),
]);

/** What a value must be: itself, or what the fields say, all of them. */
export const conditionSchema = z.union([
  scalar,
  z.instanceof(RegExp),
  z.strictObject({
    equals: scalar.optional(),
    not: scalar.optional(),
    oneOf: z.array(scalar).optional(),
    above: z.number().optional(),
    atLeast: z.number().optional(),
    below: z.number().optional(),
    atMost: z.number().optional(),
    matches: patternSchema.optional(),
    present: z.boolean().optional(),
    type: z.enum(["string", "number", "boolean", "object", "array", "null"]).optional(),
  }),
]);
export type Condition = z.output<typeof conditionSchema>;

/**
 * Why a value does not meet the condition.
 *
 * A field that is missing meets no condition but `present: false`; a text never meets a numeric limit.
 *
 * @returns undefined where it does
 */
export function unmet(value: unknown, condition: Condition): string | undefined {
  if (condition instanceof RegExp) return unmet(value, { matches: condition });
  if (typeof condition !== "object" || condition === null) return unmet(value, { equals: condition });
  if (condition.present === false) return value === undefined ? undefined : "is there, and should not be";
  if (value === undefined) return "is missing";
  const found = show(value);
  for (const [word, holds] of limits) {
    const limit = condition[word];
    if (limit === undefined) continue;
    if (typeof value !== "number") return `is ${found}, no number`;
    if (!holds(value, limit)) return `is ${found}, not ${words[word]} ${limit}`;
  }
  if (condition.equals !== undefined && value !== condition.equals) return `is ${found}, not ${show(condition.equals)}`;
  if (condition.not !== undefined && value === condition.not) return `is ${found}`;
  if (condition.oneOf !== undefined && !condition.oneOf.some((allowed) => allowed === value)) {
    return `is ${found}, none of ${condition.oneOf.map(show).join(", ")}`;
  }
  if (condition.matches !== undefined && !matches(value, condition.matches)) {
    return `is ${found}, which does not match ${condition.matches}`;
  }
  if (condition.type !== undefined && typeOf(value) !== condition.type) {
    return `is ${found}, no ${condition.type}`;
  }
  return undefined;
}

const limits = [
  ["above", (value: number, limit: number) => value > limit],
  ["atLeast", (value: number, limit: number) => value >= limit],
  ["below", (value: number, limit: number) => value < limit],
  ["atMost", (value: number, limit: number) => value <= limit],
] as const;
const words = { above: "above", atLeast: "at least", below: "below", atMost: "at most" } as const;

/** A condition in words, for what was asked. */
export function describe(condition: Condition): string {
  if (condition instanceof RegExp) return `matches ${condition}`;
  if (typeof condition !== "object" || condition === null) return `= ${show(condition)}`;
  const said = Object.entries(condition).map(([word, limit]) => {
    if (word === "present") return limit === true ? "is present" : "is absent";
    const name = Object.hasOwn(words, word) ? words[word as keyof typeof words] : word;
    return `${name} ${limit instanceof RegExp ? String(limit) : show(limit)}`;
  });
  return said.length === 0 ? "is present" : said.join(" and ");
}

/** Expressions with the g or y flag remember where they stopped; a condition must not. */
function matches(value: unknown, pattern: RegExp): boolean {
  pattern.lastIndex = 0;
  return pattern.test(typeof value === "string" ? value : JSON.stringify(value));
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
