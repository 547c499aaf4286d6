import { parseCondition } from "../compare/threshold-grammar.js";
import type { Clause, Comparator } from "../model/checklist.js";
import { builtInMetrics } from "../model/metric.js";
import { type Promised, promisesOf } from "./promises.js";
import type { QuantityKind } from "./quantity.js";

/** A number that a piece of a binding tests. */
interface Tested {
  readonly kind: QuantityKind;
  readonly value: number;
  /** Absent for a length or a rate that the run must have had at least. */
  readonly operator?: Comparator;
  readonly statistic?: string;
}

/**
 * Where a sentence promises what its binding does not test.
 *
 * Numbers, units, percentiles and operators must be the same; a binding may only be stricter in that it excludes the
 * limit itself. A check, a probe or a person may prove numbers that stand elsewhere, so a number without a counterpart
 * is accepted beside one of them.
 *
 * @returns one sentence for each disagreement, with both readings
 */
export function disagreements(promise: string, clauses: readonly Clause[]): string[] {
  const tested = clauses.flatMap(testedBy);
  const isElsewhere = clauses.some(({ kind }) => ["check", "probe", "attest", "not-applicable"].includes(kind));
  if (clauses.length === 0 || clauses.some(({ kind }) => kind === "not-applicable")) return [];
  return promisesOf(promise)
    .filter((one) => !tested.some((other) => covers(other, one)))
    .filter((one) => !isElsewhere || tested.some((other) => other.kind === one.kind))
    .map((one) => {
      const readings = clauses.map(({ source }) => source).filter((source, i, all) => all.indexOf(source) === i);
      return `The text says "${one.words}"; the binding tests ${readings.map((source) => `"${source}"`).join(" and ")}.`;
    });
}

/**
 * Where what a probe says that it asked contradicts the sentence that it is to prove.
 *
 * @param asked the probe's own words; kinds of numbers that it does not name are left to it
 */
export function probeDisagreement(promise: string, asked: string): string | undefined {
  const said = promisesOf(asked).filter((one) => one.operator !== undefined);
  const wrong = promisesOf(promise).find(
    (one) => said.some((other) => other.kind === one.kind) && !said.some((other) => other.value === one.value),
  );
  return wrong === undefined ? undefined : `The text says "${wrong.words}"; the probe asked "${asked}".`;
}

function covers(tested: Tested, promised: Promised): boolean {
  if (tested.kind !== promised.kind) return false;
  if (tested.operator === undefined) {
    // A run that was longer or harder than promised keeps the promise.
    return tested.value >= promised.value && promised.statistic === undefined && !isUpper(promised.operator);
  }
  if (tested.value !== promised.value) return false;
  if (promised.statistic !== undefined && promised.statistic !== tested.statistic) return false;
  return keepsSide(tested.operator, promised.operator);
}

/** Whether the tested side of the limit is the promised one, or that without the limit itself. */
function keepsSide(tested: Comparator, promised: Promised["operator"]): boolean {
  if (promised === undefined) return true;
  if (isUpper(tested) !== isUpper(promised)) return false;
  return promised !== "<" && promised !== ">" ? true : tested === promised;
}

function isUpper(operator: Promised["operator"]): boolean {
  return operator === "upper" || operator === "<" || operator === "<=";
}

function testedBy(clause: Clause): Tested[] {
  const ofRun: Tested[] = [];
  if ("overMs" in clause && clause.overMs !== undefined) ofRun.push({ kind: "time", value: clause.overMs });
  if ("atRate" in clause && clause.atRate !== undefined) ofRun.push({ kind: "rate", value: clause.atRate });
  switch (clause.kind) {
    case "threshold":
      return [...ofRun, ...ofThreshold(clause.metric, clause.expression)];
    case "throughput":
    case "capacity":
      return [...ofRun, { kind: "rate", value: clause.perSecond, operator: clause.operator }];
    case "concurrency":
      return [...ofRun, { kind: "count", value: clause.count, operator: clause.operator }];
    case "resource": {
      const { limit: value, operator, statistic } = clause;
      if (clause.figure === "cpu")
        return [...ofRun, { kind: "ratio", value, operator, statistic }, { kind: "cores", value, operator, statistic }];
      const kind = clause.figure === "fds" || clause.figure === "threads" ? "count" : "bytes";
      return [...ofRun, { kind, value, operator, statistic }];
    }
    case "headroom":
      return [{ kind: "ratio", value: clause.ratio, operator: clause.operator }];
    case "ab": {
      const { statistic, temporary } = clause;
      const bounds = [clause.maxRatio, ...(temporary === undefined ? [] : [temporary.maxRatio])];
      return bounds.map((value) => ({ kind: "times", value, operator: "<=", statistic }));
    }
    case "load":
    case "leak":
    case "verdict":
    case "check":
      return ofRun;
    case "probe":
    case "attest":
    case "not-applicable":
      return [];
  }
}

const builtIn: Readonly<Record<string, { readonly type: string; readonly contains: string } | undefined>> =
  builtInMetrics;
const flipped: Readonly<Record<Comparator, Comparator>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

function ofThreshold(metric: string, expression: string): Tested[] {
  const { method, quantile, operator, limit } = parseCondition(expression, metric);
  // The grammar of bindings lets no other operators through.
  const comparator = operator as Comparator;
  const known = builtIn[metric.split("{")[0]!];
  if (method === "rate" && known?.type !== "counter") {
    const complement = {
      kind: "ratio",
      value: Number((1 - limit).toPrecision(12)),
      operator: flipped[comparator],
    } as const;
    // "Success above 99.9 %" is "failures below 0.1 %".
    return [{ kind: "ratio", value: limit, operator: comparator }, complement];
  }
  if (method === "rate") return [{ kind: "rate", value: limit, operator: comparator }];
  if (method === "count" || method === "value") return [{ kind: "count", value: limit, operator: comparator }];
  const statistic = method === "p" ? `p(${Number((quantile! * 100).toFixed(6))})` : method === "med" ? "p(50)" : method;
  // A trend of the script's own may hold times or plain numbers; the sentence decides which it speaks of.
  const kinds: readonly QuantityKind[] = known === undefined ? ["time", "count", "ratio", "bytes"] : ["time"];
  return kinds.map((kind) => ({ kind, value: limit, operator: comparator, statistic }));
}
