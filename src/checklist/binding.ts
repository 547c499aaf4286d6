import { parseThresholds } from "../compare/thresholds.js";
import type { Clause, Comparator, ResourceName, ResourceStatistic } from "../model/checklist.js";
import { resourceNames, resourceStatistics } from "../model/checklist.js";
import { didYouMean } from "../model/nearest.js";
import { Problem } from "../model/problem.js";
import { parseDuration } from "../model/units.js";
import { parseQuantity, type QuantityKind } from "./quantity.js";

/** What the comments of one item say. */
export interface Binding {
  readonly clauses: readonly Clause[];
  /** The item's own id, where one is given. */
  readonly id?: string;
}

const keywords = [
  "load",
  "throughput",
  "concurrency",
  ...resourceNames,
  "verdict",
  "check",
  "probe",
  "capacity",
  "headroom",
  "ab",
  "attest",
  "not-applicable",
];

const comparison = String.raw`(<=|>=|<|>|≤|≥)\s*(.+)`;

/**
 * Reads what stands in a comment after `loadline:`; pieces are parted by semicolons.
 *
 * @throws {Problem} `binding.invalid`, `threshold.expression` or `threshold.aggregation`
 */
export function parseBinding(text: string, at: string): Binding {
  const clauses: Clause[] = [];
  let id: string | undefined;
  for (const piece of splitOutsideQuotes(text, ";")) {
    const given = /^id=([\w.-]{1,80})$/.exec(piece);
    if (given !== null) id = given[1]!;
    else if (piece !== "") clauses.push(...parsePiece(piece, at));
  }
  if (clauses.length === 0 && id === undefined) throw bad(at, text, "what proves the item", "");
  return { clauses, ...(id === undefined ? {} : { id }) };
}

function parsePiece(piece: string, at: string): Clause[] {
  const keyword = /^[\w/-]+/.exec(piece)?.[0] ?? "";
  switch (keyword) {
    case "attest":
      return [attest(piece, at)];
    case "not-applicable":
    case "n/a":
      return [notApplicable(piece, at)];
    case "probe":
      return [{ kind: "probe", source: piece, name: matched(/^probe\s+([\w.-]+)$/, piece, at, "probe NAME")[1]! }];
    case "ab":
      return [ab(piece, at)];
    case "capacity": {
      const found = matched(new RegExp(`^capacity\\s*${comparison}$`), piece, at, "capacity >= 2000/s");
      return [
        { kind: "capacity", source: piece, operator: operator(found[1]!), perSecond: amount(found[2]!, "rate", at) },
      ];
    }
    case "headroom": {
      const found = matched(new RegExp(`^headroom\\s*${comparison}$`), piece, at, "headroom >= 20%");
      return [
        { kind: "headroom", source: piece, operator: operator(found[1]!), ratio: amount(found[2]!, "ratio", at) },
      ];
    }
  }
  return ofRun(piece, keyword, at);
}

/** The pieces that rest on a run, which may end in `over 1h` and `at 1000/s`. */
function ofRun(source: string, keyword: string, at: string): Clause[] {
  const { rest, overMs, atRate } = takeModifiers(source, at);
  const base = { source, ...(overMs === undefined ? {} : { overMs }), ...(atRate === undefined ? {} : { atRate }) };
  switch (keyword) {
    case "load":
      if (rest !== "load" || (overMs ?? atRate) === undefined) throw bad(at, source, "load at 1000/s over 1h", "");
      return [{ ...base, kind: "load" }];
    case "throughput": {
      const form = new RegExp(`^throughput(?:\\s+of\\s+(\\w+))?\\s*${comparison}$`);
      const found = matched(form, rest, at, "throughput > 1000/min");
      const perSecond = amount(found[3]!, "rate", at);
      return [
        { ...base, kind: "throughput", metric: found[1] ?? "iterations", operator: operator(found[2]!), perSecond },
      ];
    }
    case "concurrency": {
      const found = matched(new RegExp(`^concurrency\\s*${comparison}$`), rest, at, "concurrency >= 100");
      if (!/^[\d,]+$/.test(found[2]!)) throw bad(at, found[2]!, "a whole number", "");
      const count = Number(found[2]!.replaceAll(",", ""));
      return [{ ...base, kind: "concurrency", operator: operator(found[1]!), count }];
    }
    case "verdict": {
      const row = matched(/^verdict(?:\s+pass)?(?:\s+(\S.*))?$/, rest, at, "verdict pass")[1];
      return [{ ...base, kind: "verdict", ...(row === undefined ? {} : { row }) }];
    }
    case "check":
      return [{ ...base, kind: "check", name: matched(/^check\s+"([^"]+)"$/, rest, at, 'check "its name"')[1]! }];
  }
  if ((resourceNames as readonly string[]).includes(keyword)) return [resource(rest, base, at)];
  return thresholds(rest, base, at);
}

function resource(rest: string, base: { readonly source: string }, at: string): Clause {
  const form = new RegExp(`^(\\w+)(?:\\s+of\\s+([\\w.-]+))?\\s+(?:(stable)|(\\w+(?:\\(\\d+\\))?)\\s*${comparison})$`);
  const found = matched(form, rest, at, "memory stable over 1h, or memory max < 1GB");
  const figure = found[1]! as ResourceName;
  const of = found[2] === undefined ? {} : { of: found[2] };
  if (found[3] !== undefined) {
    if (figure === "cpu") throw bad(at, rest, "memory, pss, heap, fds or threads: only these can leak", "");
    return { ...base, kind: "leak", figure, ...of };
  }
  const statistic = found[4] === "med" ? "p(50)" : found[4]!;
  if (!(resourceStatistics as readonly string[]).includes(statistic))
    throw bad(at, statistic, resourceStatistics.join(", "), didYouMean(statistic, resourceStatistics));
  const limit =
    figure === "cpu"
      ? cores(found[6]!, at)
      : figure === "fds" || figure === "threads"
        ? whole(found[6]!, at)
        : amount(found[6]!, "bytes", at);
  return {
    ...base,
    kind: "resource",
    figure,
    ...of,
    statistic: statistic as ResourceStatistic,
    operator: operator(found[5]!),
    limit,
  };
}

/** `http_req_duration p(50)<50, p(95)<100` is two thresholds. */
function thresholds(rest: string, base: { readonly source: string }, at: string): Clause[] {
  const found = /^([A-Za-z_]\w*(?:\{[^}]*\})?)\s+((?:count|rate|value|avg|min|med|max|p)\b.*)$/s.exec(rest);
  if (found === null) {
    const word = /^\S+/.exec(rest)?.[0] ?? "";
    throw bad(
      at,
      rest,
      `a threshold such as http_req_duration p(95)<200, or one of ${keywords.join(", ")}`,
      didYouMean(word, keywords),
    );
  }
  const metric = found[1]!;
  const expressions = splitOutsideQuotes(found[2]!, ",");
  const options = expressions.map((threshold) => ({ threshold, abortOnFail: false, delayAbortEvalMs: 0 }));
  // Read for its refusals: a typing error is told when the checklist is read, not when a run is there.
  for (const { condition } of parseThresholds({ [metric]: options })) {
    if (!["<", "<=", ">", ">="].includes(condition.operator)) throw bad(at, rest, "<, <=, > or >=", "");
  }
  return expressions.map((expression) => ({ ...base, kind: "threshold", metric, expression }));
}

function attest(piece: string, at: string): Clause {
  let role: string | undefined;
  let expiresMs: number | undefined;
  for (const word of piece.split(/\s+/).slice(1)) {
    const found = matched(/^(role|expires)=(\S+)$/, word, at, "attest role=sre expires=30d");
    if (found[1] === "role") role = found[2]!;
    else expiresMs = parseDuration(found[2]!, at);
  }
  return {
    kind: "attest",
    source: piece,
    ...(role === undefined ? {} : { role }),
    ...(expiresMs === undefined ? {} : { expiresMs }),
  };
}

function notApplicable(piece: string, at: string): Clause {
  const found = matched(/^(?:not-applicable|n\/a)\s+"([^"]+)"$/, piece, at, 'not-applicable "why"');
  return { kind: "not-applicable", source: piece, reason: found[1]! };
}

function ab(piece: string, at: string): Clause {
  const form =
    /^ab\s+(p\(\d+(?:\.\d+)?\)|med|avg)\s*(?:<=|≤)\s*([^,\s]+)(?:,\s*temporary\s*(?:<=|≤)\s*(\S+)\s+until\s+(\d{4}-\d\d-\d\d))?$/;
  const found = matched(form, piece, at, "ab p(95) <= 2x, temporary <= 4x until 2027-03-31");
  if (found[4] !== undefined && Number.isNaN(Date.parse(found[4])))
    throw bad(at, found[4], "a date such as 2027-03-31", "");
  return {
    kind: "ab",
    source: piece,
    statistic: found[1] === "med" ? "p(50)" : found[1]!,
    maxRatio: amount(found[2]!, "times", at),
    ...(found[3] === undefined ? {} : { temporary: { maxRatio: amount(found[3], "times", at), until: found[4]! } }),
  };
}

function takeModifiers(source: string, at: string): { rest: string; overMs?: number; atRate?: number } {
  let rest = source;
  let overMs: number | undefined;
  let atRate: number | undefined;
  for (;;) {
    const found = /^(.*?)\s+(?:over\s+(\S+)|at\s+([\d,.]+\s?\/\s?\w+|[\d,.]+\s?[a-z]+))$/is.exec(rest);
    if (found === null) break;
    rest = found[1]!;
    if (found[2] !== undefined) overMs = parseDuration(found[2], at);
    else atRate = amount(found[3]!, "rate", at);
  }
  return { rest, ...(overMs === undefined ? {} : { overMs }), ...(atRate === undefined ? {} : { atRate }) };
}

function operator(text: string): Comparator {
  return text === "≤" ? "<=" : text === "≥" ? ">=" : (text as Comparator);
}

const examples: Readonly<Record<QuantityKind, string>> = {
  time: "a time such as 200ms",
  ratio: "a percentage such as 20%",
  rate: "a rate such as 1000/s or 1000/min",
  bytes: "an amount such as 512MB or 1GiB",
  cores: "cores, such as 0.5 cores",
  count: "a whole number",
  times: "a factor such as 2x",
};

function amount(text: string, kind: QuantityKind, at: string): number {
  const quantity = parseQuantity(text);
  if (quantity?.kind !== kind) throw bad(at, text, examples[kind], "");
  return quantity.value;
}

/** Per cent as top and docker stats count them: one core is 100 %. */
function cores(text: string, at: string): number {
  const quantity = parseQuantity(text);
  if (quantity?.kind === "cores" || quantity?.kind === "ratio") return quantity.value;
  throw bad(at, text, "50% (of one core) or 0.5 cores", "");
}

function whole(text: string, at: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw bad(at, text, examples.count, "");
}

function matched(form: RegExp, text: string, at: string, expected: string): RegExpExecArray {
  const found = form.exec(text);
  if (found === null) throw bad(at, text, expected, "");
  return found;
}

function splitOutsideQuotes(text: string, separator: ";" | ","): string[] {
  const parts: string[] = [];
  let part = "";
  let quoted = false;
  for (const sign of text) {
    if (sign === '"') quoted = !quoted;
    if (sign === separator && !quoted) {
      parts.push(part.trim());
      part = "";
    } else part += sign;
  }
  return [...parts, part.trim()].filter((piece) => piece !== "");
}

function bad(at: string, found: string, expected: string, more: string): Problem {
  return new Problem("binding.invalid", "This binding cannot be read.", {
    at,
    found,
    expected,
    hint: `See the table of bindings in docs/checklists.md.${more}`,
  });
}
