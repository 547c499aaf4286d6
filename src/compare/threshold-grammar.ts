import type { SeriesKey } from "../model/metric.js";
import { didYouMean } from "../model/nearest.js";
import { Problem } from "../model/problem.js";

const operators = ["<=", ">=", "===", "==", "!=", "<", ">"] as const;
type Operator = (typeof operators)[number];

const methods = ["count", "rate", "value", "avg", "min", "med", "max", "p"] as const;
type Method = (typeof methods)[number];

/** The right side of a threshold: `p(95) < 200`. */
export interface Condition {
  readonly method: Method;
  /** From 0 to 1; for `p` only. */
  readonly quantile: number | undefined;
  readonly operator: Operator;
  /** In the metric's unit: milliseconds for times. */
  readonly limit: number;
}

/**
 * Reads `method operator number`.
 *
 * @throws {Problem} `threshold.expression`, its message with a caret under the place
 */
export function parseCondition(text: string, at: string): Condition {
  let position = 0;
  const skipSpace = (): void => {
    while (/\s/.test(text[position] ?? "")) position += 1;
  };
  const take = (pattern: RegExp): string | undefined => {
    skipSpace();
    const match = pattern.exec(text.slice(position));
    if (match === null) return undefined;
    position += match[0].length;
    return match[0];
  };
  const fail = (where: number, expected: string, hint: string): Problem =>
    new Problem("threshold.expression", `This is no threshold:\n  ${text}\n  ${" ".repeat(where)}^`, {
      at,
      found: text,
      expected,
      hint,
    });

  skipSpace();
  const methodAt = position;
  const method = take(/^[A-Za-z_]+/);
  if (method === undefined || !isMethod(method)) {
    const hint = `Write it like "p(95)<200" or "rate<0.01".${method === undefined ? "" : didYouMean(method, methods)}`;
    throw fail(methodAt, "count, rate, value, avg, min, med, max or p(N)", hint);
  }
  let quantile: number | undefined;
  if (method === "p") {
    skipSpace();
    const percentileAt = position;
    const percentile = /^\(\s*(\d+(?:\.\d+)?)\s*\)$/.exec(take(/^\([^)]*\)/) ?? "");
    if (percentile === null || Number(percentile[1]) > 100) {
      throw fail(percentileAt, "a percentile from 0 to 100 in parentheses", 'Write it like "p(95)" or "p(99.9)".');
    }
    quantile = Number(percentile[1]) / 100;
  }
  skipSpace();
  const operatorAt = position;
  const operator = take(/^[<>=!]+/);
  if (operator === undefined || !isOperator(operator)) {
    throw fail(operatorAt, "<, <=, >, >=, ==, === or !=", "Put one comparison after the method.");
  }
  skipSpace();
  const limitAt = position;
  const limit = take(/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?/i);
  if (limit === undefined) throw fail(limitAt, "a number", 'Times are plain milliseconds: "p(95)<200".');
  skipSpace();
  if (position < text.length) {
    throw fail(position, "nothing more", "Give one comparison each; times are plain milliseconds, without a unit.");
  }
  return { method, quantile, operator, limit: Number(limit) };
}

/** Whether the observed value meets the condition. */
export function holds(observed: number, { operator, limit }: Condition): boolean {
  switch (operator) {
    case "<":
      return observed < limit;
    case "<=":
      return observed <= limit;
    case ">":
      return observed > limit;
    case ">=":
      return observed >= limit;
    case "==":
    case "===":
      return observed === limit;
    case "!=":
      return observed !== limit;
  }
}

/**
 * Reads a threshold's key: `metric`, or `metric{tag:value,…}`.
 *
 * The value may hold colons, as in `{group:::checkout}`: the first one ends the tag's name.
 *
 * @throws {Problem} `threshold.key`
 */
export function parseSeries(text: string, at: string): SeriesKey {
  const brace = text.indexOf("{");
  const metric = (brace < 0 ? text : text.slice(0, brace)).trim();
  const bad = (found: string, expected: string): Problem =>
    new Problem("threshold.key", `"${text}" names no metric.`, {
      at,
      found,
      expected,
      hint: 'Write it like "http_req_duration{status:200,name:/items}".',
    });
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(metric)) throw bad(metric, "a metric's name");
  if (brace < 0) return { metric, tags: {} };
  const trimmed = text.trimEnd();
  if (!trimmed.endsWith("}")) throw bad(text, "a closing }");
  const inner = trimmed.slice(brace + 1, -1);
  const tags: Record<string, string> = {};
  if (inner.trim() === "") return { metric, tags };
  for (const pair of splitPairs(inner)) {
    const colon = pair.indexOf(":");
    const name = unquoted(colon < 0 ? "" : pair.slice(0, colon));
    if (name === "") throw bad(pair.trim(), "tag:value");
    tags[name] = unquoted(pair.slice(colon + 1));
  }
  return { metric, tags };
}

/** Splits at commas outside quotes. */
function splitPairs(text: string): string[] {
  return text.match(/(?:"[^"]*"|'[^']*'|[^,])+/g) ?? [];
}

function unquoted(text: string): string {
  const trimmed = text.trim();
  const quoted = /^(["'])(.*)\1$/s.exec(trimmed);
  return quoted === null ? trimmed : quoted[2]!;
}

function isMethod(word: string): word is Method {
  return (methods as readonly string[]).includes(word);
}

function isOperator(word: string): word is Operator {
  return (operators as readonly string[]).includes(word);
}
