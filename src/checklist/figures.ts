import { observe } from "../compare/observe.js";
import { holds, parseCondition, parseSeries } from "../compare/threshold-grammar.js";
import { percentWords, signedWords } from "../compare/words.js";
import type { Clause, Comparator, ResourceClause, ResourceName } from "../model/checklist.js";
import type { LeakFigure } from "../model/leak.js";
import { seriesName } from "../model/metric.js";
import type { GroupSummary } from "../model/run.js";
import { formatBytes, formatMs } from "../model/units.js";
import type { Evidence, RunEvidence } from "./evidence.js";

/** What was found; `holds` is undefined where nothing was. */
export interface Finding {
  readonly holds: boolean | undefined;
  /** One sentence with the figures. */
  readonly words: string;
  readonly place?: string;
  /** When, for evidence that is no part of the run. */
  readonly at?: string;
}

type Figured = Exclude<Clause, { readonly kind: "attest" | "not-applicable" | "probe" }>;

/** The figure that a piece of a binding asks for, held against its limit. */
export function figureOf(clause: Figured, evidence: Evidence): Finding {
  switch (clause.kind) {
    case "capacity":
    case "headroom":
      return ofCapacity(clause, evidence);
    case "ab":
      return ofAb(clause, evidence);
    case "verdict":
      return ofVerdict(clause.row, evidence);
    default:
      return evidence.run === undefined
        ? { holds: undefined, words: "No run was given." }
        : ofRun(clause, evidence.run);
  }
}

function ofRun(
  clause: Exclude<Figured, { readonly kind: "capacity" | "headroom" | "ab" | "verdict" }>,
  run: RunEvidence,
): Finding {
  switch (clause.kind) {
    case "threshold":
      return ofThreshold(clause.metric, clause.expression, run);
    case "load":
      return ofLoad(clause.atRate, run);
    case "throughput": {
      const measured = run.measured(clause.metric);
      const seconds = (run.manifest.load?.durationMs ?? 0) / 1000;
      if (measured?.value.kind !== "counter" || seconds <= 0) return nothing(`The run counted no ${clause.metric}.`);
      const rate = measured.value.sum / seconds;
      const words = `${clause.metric}: ${rounded(rate)}/s, wanted ${clause.operator} ${rounded(clause.perSecond)}/s.`;
      return { holds: meets(rate, clause.operator, clause.perSecond), words, place: "report.html#validity" };
    }
    case "concurrency": {
      const words = `At most ${run.peakBusy} virtual users were at work at once, wanted ${clause.operator} ${clause.count}.`;
      return { holds: meets(run.peakBusy, clause.operator, clause.count), words, place: "report.html#generator" };
    }
    case "resource":
      return ofResource(clause, run);
    case "leak":
      return ofLeak(clause.figure, clause.of, run);
    case "check":
      return ofCheck(clause.name, run);
  }
}

function ofThreshold(metric: string, expression: string, run: RunEvidence): Finding {
  const condition = parseCondition(expression, metric);
  const measured = run.measured(seriesName(parseSeries(metric, metric)));
  const observed = measured === undefined ? null : observe(measured, condition, run.manifest.load?.durationMs ?? 0);
  if (measured === undefined || observed === null) return nothing(`The run measured no ${metric}.`);
  const { type, contains } = measured.series;
  const words =
    type === "rate" ? percentWords : contains === "time" ? formatMs : contains === "data" ? formatBytes : rounded;
  const statistic = expression.replace(/\s*[<>=!].*$/s, "");
  return {
    holds: holds(observed, condition),
    words: `${metric} ${statistic} is ${words(observed)}, wanted ${condition.operator} ${words(condition.limit)}.`,
    place: "report.html#thresholds",
  };
}

function ofLoad(atRate: number | undefined, { manifest }: RunEvidence): Finding {
  const { load } = manifest;
  if (load === undefined) return nothing("The run has no figures of its load.");
  const words = `Achieved ${rounded(load.achievedRate)}/s of ${rounded(load.plannedRate)}/s planned, ${load.dropped} arrivals dropped.`;
  // One in a hundred may be missing; a plan below the wanted rate is for the caller to tell.
  const wanted = Math.min(atRate ?? 0, load.plannedRate) * 0.99;
  return { holds: load.achievedRate >= wanted, words, place: "report.html#validity" };
}

const summaryField = {
  memory: "rssBytes",
  pss: "pssBytes",
  heap: "heapBytes",
  cpu: "cpuCores",
  fds: "fds",
  threads: "threads",
} as const satisfies Record<ResourceName, string>;
const statisticField = { min: "min", "p(50)": "p50", "p(95)": "p95", max: "max", last: "last" } as const;

function ofResource(clause: ResourceClause, { manifest }: RunEvidence): Finding {
  const { figure, of, statistic, operator, limit } = clause;
  const place = figure === "cpu" ? "report.html#cpu" : "report.html#memory";
  const field = summaryField[figure];
  const found = manifest.resources
    .filter(({ source }) => (of === undefined ? source !== "harness" : source === of))
    .flatMap((resource) =>
      resource[field] === undefined
        ? []
        : [{ source: resource.source, value: resource[field][statisticField[statistic]] }],
    );
  if (found.length === 0)
    return nothing(
      `${of === undefined ? "No process" : `No process called ${of}`} was watched for ${figure} (run with --pid or --command).`,
    );
  const words = found.map(({ source, value }) => `${source} ${amountWords(figure, value)}`).join(", ");
  return {
    holds: found.every(({ value }) => meets(value, operator, limit)),
    words: `${figure} ${statistic}: ${words}; wanted ${operator} ${amountWords(figure, limit)}.`,
    place,
  };
}

function amountWords(figure: ResourceName, value: number): string {
  if (figure === "cpu") return `${rounded(value * 100)} % of a core`;
  return figure === "fds" || figure === "threads" ? rounded(value) : formatBytes(Math.round(value));
}

function ofLeak(figure: Exclude<ResourceName, "cpu">, of: string | undefined, run: RunEvidence): Finding {
  const field: LeakFigure = summaryField[figure];
  const verdicts = (run.manifest.leaks ?? []).filter(
    (leak) => leak.figure === field && (of === undefined ? leak.source !== "harness" : leak.source === of),
  );
  if (verdicts.length === 0)
    return nothing(`The run has no leak verdict on ${figure}: nothing was watched, or not for long enough.`);
  const worst =
    verdicts.find(({ verdict }) => verdict === "leaking") ??
    verdicts.find(({ verdict }) => verdict !== "stable") ??
    verdicts[0]!;
  const words = `${worst.source === "" ? "" : `${worst.source}: `}${worst.sentence}`;
  const place = "report.html#memory";
  return worst.verdict === "stable"
    ? { holds: true, words, place }
    : worst.verdict === "leaking"
      ? { holds: false, words, place }
      : { holds: undefined, words, place };
}

function ofVerdict(row: string | undefined, { comparison, run }: Evidence): Finding {
  const place = "report.html#delta";
  if (run === undefined) return nothing("No run was given.");
  if (comparison?.baseline == null) return nothing("There is no baseline to compare with.");
  if (row === undefined) return { ...ofWord(comparison.verdict), words: comparison.reason, place };
  const rows = comparison.rows.filter(({ series, statistic }) =>
    [`${series} ${statistic}`, series, series.split("{")[0]].includes(row),
  );
  if (rows.length === 0) return nothing(`The comparison has no row ${row}.`);
  const order = ["regressed", "inconclusive", "pass", "improved"];
  const worst = [...rows].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))[0]!;
  const change = worst.change === null ? "" : ` (${signedWords(worst.change, worst.unit)})`;
  return {
    ...ofWord(worst.verdict),
    words: `${worst.series} ${worst.statistic}: ${worst.verdict}${change}. ${worst.reason}`.trim(),
    place,
  };
}

function ofWord(verdict: string): { holds: boolean | undefined } {
  return { holds: verdict === "regressed" ? false : verdict === "inconclusive" ? undefined : true };
}

function ofCheck(name: string, run: RunEvidence): Finding {
  const root = run.manifest.summary?.root_group;
  const found = root === undefined ? [] : checksIn(root).filter((check) => check.name === name);
  const passes = found.reduce((sum, check) => sum + check.passes, 0);
  const fails = found.reduce((sum, check) => sum + check.fails, 0);
  if (passes + fails === 0) return nothing(`The run made no check "${name}".`);
  const words = `The check "${name}" held ${passes} of ${passes + fails} times.`;
  return { holds: fails === 0, words, place: "report.html#thresholds" };
}

function checksIn(group: GroupSummary): GroupSummary["checks"] {
  return [...group.checks, ...group.groups.flatMap(checksIn)];
}

function ofCapacity(
  clause: Extract<Figured, { readonly kind: "capacity" | "headroom" }>,
  { capacity }: Evidence,
): Finding {
  if (capacity === undefined) return nothing("No capacity was measured (give the result with --capacity).");
  const { perSecond, scenarioRate, at } = capacity;
  if (clause.kind === "capacity") {
    const words = `${rounded(perSecond)}/s still met the thresholds, wanted ${clause.operator} ${rounded(clause.perSecond)}/s.`;
    return { holds: meets(perSecond, clause.operator, clause.perSecond), words, at };
  }
  if (scenarioRate === null) return nothing("The capacity names no rate of the scenario to have headroom over.");
  const ratio = perSecond / scenarioRate - 1;
  const words = `${rounded(perSecond)}/s still met the thresholds, ${rounded(ratio * 100)} % over the scenario's ${rounded(scenarioRate)}/s; wanted ${clause.operator} ${rounded(clause.ratio * 100)} %.`;
  return { holds: meets(ratio, clause.operator, clause.ratio), words, at };
}

function ofAb(clause: Extract<Figured, { readonly kind: "ab" }>, { ab, now }: Evidence): Finding {
  const found = ab?.ratios[clause.statistic];
  if (ab === undefined || found === undefined)
    return nothing(`No A/B result for ${clause.statistic} was given (--ab).`);
  const ratio = `b / a of ${clause.statistic} is ${rounded(found.estimate)}, at most ${rounded(found.high)}`;
  if (found.high <= clause.maxRatio)
    return { holds: true, words: `${ratio}; wanted <= ${clause.maxRatio}.`, at: ab.at };
  const { temporary } = clause;
  if (temporary === undefined || found.high > temporary.maxRatio)
    return { holds: false, words: `${ratio}; wanted <= ${temporary?.maxRatio ?? clause.maxRatio}.`, at: ab.at };
  // The day that is named is the last on which the wider bound counts.
  const isOver = now.getTime() >= Date.parse(temporary.until) + 86_400_000;
  const words = `${ratio}; over ${clause.maxRatio}, within the temporary ${temporary.maxRatio}, which ${isOver ? "ended" : "ends"} on ${temporary.until}.`;
  return { holds: !isOver, words, at: ab.at };
}

function nothing(words: string): Finding {
  return { holds: undefined, words };
}

function meets(value: number, operator: Comparator, limit: number): boolean {
  switch (operator) {
    case "<":
      return value < limit;
    case "<=":
      return value <= limit;
    case ">":
      return value > limit;
    case ">=":
      return value >= limit;
  }
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(4)));
}
