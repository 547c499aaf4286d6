import type { ComparedSide, ComparisonRow } from "../model/comparison.js";
import { builtInMetrics, type MetricContains } from "../model/metric.js";
import { Problem } from "../model/problem.js";
import { distributionOf } from "./distribution.js";

/** Of a watched source: CPU as a rule, CPU for what was asked of it, and its highest memory. */
export type WatchedFigure = "cpuCores" | "cpuSecondsPerThousand" | "rssBytes";

/** What one row of a comparison asks of every run. */
export interface Question {
  readonly series: string;
  readonly statistic: string;
  readonly unit: ComparisonRow["unit"];
  readonly better: ComparisonRow["better"];
  readonly of:
    | { readonly kind: "quantile"; readonly q: number }
    | { readonly kind: "mean" }
    /** How many times the lower quantile the upper one is: the shape, whatever the level. */
    | { readonly kind: "spread"; readonly low: number; readonly high: number }
    | { readonly kind: "proportion" }
    | { readonly kind: "throughput" }
    | { readonly kind: "resource"; readonly source: string; readonly figure: WatchedFigure };
}

const rateMetrics = ["http_req_failed", "checks"];

// From the middle's shape to the tail's.
const spreads = [
  [0.25, 0.75],
  [0.5, 0.95],
  [0.5, 0.99],
] as const;

const defaultQuantiles = [0.5, 0.95, 0.99];

// Latency as far from the user's wait as the runs allow: with the queueing, without it, or of whole iterations.
const latencies = ["http_req_response_time", "http_req_duration", "iteration_duration"];

// Parts of a request and the generator's own error: reports show them, a verdict on each would only add noise.
const unasked = ["http_req_blocked", "http_req_connecting", "http_req_tls_handshaking", "http_req_sending"].concat([
  "http_req_receiving",
  "http_req_waiting",
  "iteration_lateness",
]);

/** The five rows that gate unless the user names others: p50, p95 and p99 of response time, error rate, throughput. */
export function defaultGate(sides: readonly ComparedSide[]): Question[] {
  const present = new Set(sides.flatMap(trendNames));
  const known = latencies.find((name) => present.has(name));
  // Only a user of the library can give series of which none is known: then all of them are meant.
  if (known === undefined && present.size > 0) return everything([...present].sort(), sides);
  const latency = known ?? latencies[0]!;
  const gate = defaultQuantiles.map((q) => quantileQuestion(latency, q, sides));
  const sendsHttp = latency !== "iteration_duration";
  return [...gate, ...(sendsHttp ? [proportionQuestion("http_req_failed")] : []), throughputQuestion];
}

function everything(series: readonly string[], sides: readonly ComparedSide[]): Question[] {
  const runs = sides.flatMap((side) => side.runs);
  const quantiles = series.flatMap((name) => defaultQuantiles.map((q) => quantileQuestion(name, q, sides)));
  const rates = rateMetrics.filter((metric) => runs.some((run) => run.rates[metric] !== undefined));
  const hasThroughput = runs.some((run) => run.load !== undefined || run.throughput !== undefined);
  return [...quantiles, ...rates.map(proportionQuestion), ...(hasThroughput ? [throughputQuestion] : [])];
}

/**
 * The gating rows that a user named.
 *
 * @param gate such as "http_req_response_time{name:/items} p(95)", "http_req_failed rate", "throughput"
 * @throws {Problem} `compare.gate-invalid`
 */
export function namedGate(gate: readonly string[], sides: readonly ComparedSide[]): Question[] {
  const questions = gate.map((text) => parseGate(text.trim(), sides));
  const names = questions.map(nameOf);
  return questions.filter((question, i) => names.indexOf(nameOf(question)) === i);
}

function parseGate(text: string, sides: readonly ComparedSide[]): Question {
  if (text === "throughput" || text === "throughput rate") return throughputQuestion;
  const watched = watchedQuestions(sides).find((question) => nameOf(question) === text);
  if (watched !== undefined) return watched;
  const [, series, statistic] = /^(\S.*?)\s+(p\(\d+(?:\.\d+)?\)|med|avg|rate)$/.exec(text) ?? [];
  if (series !== undefined && statistic === "rate") {
    if (rateMetrics.includes(baseName(series))) return proportionQuestion(series);
  } else if (series !== undefined && statistic === "avg") {
    return { series, statistic, unit: unitOf(series, sides), better: "lower", of: { kind: "mean" } };
  } else if (series !== undefined && statistic !== undefined) {
    const percent = statistic === "med" ? 50 : Number(statistic.slice(2, -1));
    if (percent > 0 && percent < 100) return quantileQuestion(series, percent / 100, sides);
  }
  throw new Problem("compare.gate-invalid", "A gating series cannot be understood.", {
    at: "gate",
    found: text,
    expected:
      "a series and p(50) to p(99.99), med or avg; http_req_failed or checks with rate; throughput; or a watched figure as compare names it",
    hint: 'Write it like "http_req_response_time p(95)" or "cpu{source:target} per 1,000 requests".',
  });
}

/** Everything else worth a row: the other trends, with their endpoints, the checks, and what was watched. */
export function informational(gate: readonly Question[], sides: readonly ComparedSide[]): Question[] {
  const asked = new Set(gate.map(nameOf));
  const trends = [...new Set(sides.flatMap(trendNames))].sort();
  const questions: Question[] = trends
    .filter((series) => !unasked.includes(baseName(series)))
    .flatMap((series) =>
      // The tail of one endpoint seldom has its hundred exceedances.
      (series.includes("{") ? [0.5, 0.95] : defaultQuantiles).map((q) => quantileQuestion(series, q, sides)),
    );
  const headline = latencies.find((name) => trends.includes(name));
  const shaped = headline === undefined ? trends.filter((series) => !unasked.includes(baseName(series))) : [headline];
  questions.push(...shaped.flatMap((series) => spreads.map(([low, high]) => spreadQuestion(series, low, high))));
  const runs = sides.flatMap((side) => side.runs);
  for (const metric of rateMetrics) {
    if (runs.some((run) => run.rates[metric] !== undefined)) questions.push(proportionQuestion(metric));
  }
  const all = [...questions, ...watchedQuestions(sides), throughputQuestion];
  return all.filter((question) => !asked.has(nameOf(question)));
}

function watchedQuestions(sides: readonly ComparedSide[]): Question[] {
  const watched = sides.flatMap((side) => side.runs).flatMap((run) => run.resources ?? []);
  const sources = new Set(watched.map((resource) => resource.source));
  return [...sources]
    .sort()
    .filter((name) => name !== "harness")
    .flatMap((source) => {
      const costs = watched.some((one) => one.source === source && one.cpuSecondsPerThousand !== undefined);
      return [
        resourceQuestion("cpu", source),
        ...(costs ? [resourceQuestion("cost", source)] : []),
        resourceQuestion("rss", source),
      ];
    });
}

/** "http_req_response_time p(95)". */
export function nameOf({ series, statistic }: Pick<Question, "series" | "statistic">): string {
  return `${series} ${statistic}`;
}

const throughputQuestion: Question = {
  series: "throughput",
  statistic: "rate",
  unit: "per second",
  better: "higher",
  of: { kind: "throughput" },
};

function quantileQuestion(series: string, q: number, sides: readonly ComparedSide[]): Question {
  const statistic = `p(${Number((q * 100).toFixed(6))})`;
  return { series, statistic, unit: unitOf(series, sides), better: "lower", of: { kind: "quantile", q } };
}

function proportionQuestion(series: string): Question {
  const better = baseName(series) === "checks" ? "higher" : "lower";
  return { series, statistic: "rate", unit: "ratio", better, of: { kind: "proportion" } };
}

function spreadQuestion(series: string, low: number, high: number): Question {
  const statistic = `p(${high * 100})/p(${low * 100})`;
  return { series, statistic, unit: "count", better: "lower", of: { kind: "spread", low, high } };
}

function resourceQuestion(name: "cpu" | "cost" | "rss", source: string): Question {
  const series = `${name === "rss" ? "rss" : "cpu"}{source:${source}}`;
  if (name === "cost") {
    const of = { kind: "resource", source, figure: "cpuSecondsPerThousand" } as const;
    return { series, statistic: "per 1,000 requests", unit: "ms", better: "lower", of };
  }
  if (name === "cpu") {
    const of = { kind: "resource", source, figure: "cpuCores" } as const;
    return { series, statistic: "p(50)", unit: "cores", better: "lower", of };
  }
  return {
    series,
    statistic: "max",
    unit: "bytes",
    better: "lower",
    of: { kind: "resource", source, figure: "rssBytes" },
  };
}

function unitOf(series: string, sides: readonly ComparedSide[]): ComparisonRow["unit"] {
  const metric = baseName(series);
  const builtIn: Readonly<Record<string, { readonly contains: MetricContains }>> = builtInMetrics;
  const contains = builtIn[metric]?.contains ?? sides.map((side) => side.contains?.[metric]).find(Boolean) ?? "default";
  return contains === "time" ? "ms" : contains === "data" ? "bytes" : "count";
}

function trendNames(side: ComparedSide): string[] {
  return side.runs.flatMap((run) =>
    [...Object.keys(run.totals), ...Object.keys(run.samples ?? {})].filter(
      (series) => distributionOf(run, series) !== undefined,
    ),
  );
}

function baseName(series: string): string {
  return series.replace(/\{.*$/s, "");
}
