import { builtInMetrics, type Metric, type MetricType, protocolMetrics, seriesName } from "../model/metric.js";
import type { K6Options } from "../model/options.js";
import type { MetricSummary, Summary, ThresholdResult } from "../model/run.js";
import type { CheckCount, Series, SeriesValue } from "../model/window.js";
import { emptyHistogram } from "../stats/histogram.js";
import { type TrendStatistic, trendStatistic } from "../stats/trend.js";
import { groupTree } from "./group-tree.js";

export { toSummaryExport } from "./summary-export.js";

export interface SummaryInput {
  /** Every series over the whole run. */
  readonly series: Iterable<{ readonly series: Series; readonly value: SeriesValue }>;
  readonly checks: readonly CheckCount[];
  /** Paths of the groups that were entered, in that order. */
  readonly groups: readonly string[];
  readonly durationMs: number;
  /** `summaryTrendStats`: avg, min, med, max, count, p(N). */
  readonly trendStats: readonly string[];
  readonly thresholds: readonly ThresholdResult[];
  /** What the script has defined: of which type a metric is that never had a value. */
  readonly defined?: readonly Metric[] | undefined;
  /** Names of further submetrics to show. */
  readonly also?: readonly string[];
  readonly isStdOutTTY?: boolean;
  readonly isStdErrTTY?: boolean;
}

/** k6 shows this one in every run that makes requests. */
const expectedResponses = "http_req_duration{expected_response:true}";

/**
 * The end-of-run figures in k6's shape.
 *
 * Totals, `http_req_duration{expected_response:true}` and what thresholds name; other submetrics stay in the run
 * folder. Times in milliseconds, rates of counters per second.
 */
export function makeSummary(input: SummaryInput): Summary {
  const seconds = input.durationMs / 1000;
  const judged = byMetric(input.thresholds);
  const found = new Map<string, MetricSummary>();
  for (const { series, value } of input.series) {
    const name = seriesName(series);
    const key = judged.keyOf(series) ?? name;
    const isShown = name === expectedResponses || judged.results.has(key) || input.also?.includes(name) === true;
    if (Object.keys(series.tags).length > 0 && !isShown) continue;
    found.set(key, {
      type: series.type,
      contains: series.contains,
      values: valuesOf(value, seconds, input.trendStats),
    });
  }
  for (const [key, results] of judged.results) {
    const metric = found.get(key) ?? unmeasured(key, input);
    const thresholds = Object.fromEntries(results.map(({ expression, ok }) => [expression, { ok }]));
    found.set(key, { ...metric, thresholds });
  }
  // k6 counts the bytes of each iteration, also where there were none.
  for (const name of found.has("iterations") ? ["data_sent", "data_received"] : []) {
    if (!found.has(name)) found.set(name, unmeasured(name, input));
  }
  return {
    metrics: Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))),
    root_group: groupTree(input.groups, input.checks),
    state: {
      testRunDurationMs: input.durationMs,
      isStdOutTTY: input.isStdOutTTY ?? false,
      isStdErrTTY: input.isStdErrTTY ?? false,
    },
  };
}

/**
 * What `handleSummary(data)` gets.
 *
 * @param given.setupData what setup returned
 * @param given.noColor whether the user wants no colours: what text the script makes is to have none then
 */
export function toHandleSummaryData(
  summary: Summary,
  options: Pick<K6Options, "summaryTrendStats" | "summaryTimeUnit">,
  { setupData, noColor }: { readonly setupData: unknown; readonly noColor: boolean },
): Record<string, unknown> {
  const { summaryTrendStats, summaryTimeUnit } = options;
  const data = {
    root_group: summary.root_group,
    options: { summaryTrendStats, summaryTimeUnit, noColor },
    state: summary.state,
    metrics: summary.metrics,
    ...(setupData === undefined ? {} : { setup_data: setupData }),
  };
  // The script may change what it gets; the summary that goes into the run folder must not change with it.
  return structuredClone(data);
}

function valuesOf(value: SeriesValue, seconds: number, trendStats: readonly string[]): Record<string, number> {
  switch (value.kind) {
    case "counter":
      return { count: value.sum, rate: seconds > 0 ? value.sum / seconds : 0 };
    case "gauge":
      return { value: value.value, min: value.min, max: value.max };
    case "rate":
      return {
        rate: value.total > 0 ? value.passes / value.total : 0,
        passes: value.passes,
        fails: value.total - value.passes,
      };
    case "trend":
      return Object.fromEntries(trendStats.map((stat) => [stat, trendStatistic(value.histogram, trendStat(stat))]));
  }
}

/** @param stat of `summaryTrendStats` */
function trendStat(stat: string): TrendStatistic {
  switch (stat) {
    case "avg":
    case "min":
    case "med":
    case "max":
    case "count":
      return stat;
    default:
      return { quantile: Number(stat.slice(2, -1)) / 100 };
  }
}

interface Judged {
  readonly results: ReadonlyMap<string, readonly ThresholdResult[]>;
  /** The key under which a threshold names this series, however its author ordered and spaced the tags. */
  keyOf(series: Series): string | undefined;
}

function byMetric(thresholds: readonly ThresholdResult[]): Judged {
  const results = new Map<string, ThresholdResult[]>();
  for (const result of thresholds) {
    const same = results.get(result.metric);
    if (same === undefined) results.set(result.metric, [result]);
    else same.push(result);
  }
  const canonical = new Map([...results.keys()].map((key) => [normalised(key), key]));
  return { results, keyOf: (series) => canonical.get(normalised(seriesName(series))) };
}

/** Tags in one order and without spaces or quotes, so that two spellings of a key compare equal. */
function normalised(key: string): string {
  const brace = key.indexOf("{");
  if (brace < 0) return key.trim();
  const tags = key
    .slice(brace + 1, key.lastIndexOf("}"))
    .split(",")
    .map((pair) => pair.replace(/^\s*["']?\s*|["']?\s*$/g, "").replace(/["']?\s*:\s*["']?/, ":"))
    .sort();
  return `${key.slice(0, brace).trim()}{${tags.join(",")}}`;
}

/** A metric that a threshold names and nothing was measured for: k6 shows it with zeros. */
function unmeasured(key: string, { trendStats, thresholds, defined = [] }: SummaryInput): MetricSummary {
  const metric = key.split("{")[0]!.trim();
  const all: Readonly<Record<string, Metric>> = { ...builtInMetrics, ...protocolMetrics };
  const known = all[metric] ?? defined.find(({ name }) => name === metric);
  const { type, contains } = known ?? { type: typeJudgedBy(thresholds, metric), contains: "default" };
  const nothing: Readonly<Record<MetricType, SeriesValue>> = {
    counter: { kind: "counter", sum: 0 },
    gauge: { kind: "gauge", value: 0, min: 0, max: 0 },
    rate: { kind: "rate", passes: 0, total: 0 },
    trend: { kind: "trend", histogram: emptyHistogram },
  };
  return { type, contains, values: valuesOf(nothing[type], 0, trendStats) };
}

/** The type of a metric that nobody has told of, as after `--engine k6`: each has methods of its own. */
function typeJudgedBy(thresholds: readonly ThresholdResult[], metric: string): MetricType {
  const methods = thresholds
    .filter((threshold) => threshold.metric.split("{")[0]!.trim() === metric)
    .map(({ expression }) => /^\s*(\w+)/.exec(expression)?.[1]);
  if (methods.includes("value")) return "gauge";
  if (methods.includes("count")) return "counter";
  return methods.includes("rate") ? "rate" : "trend";
}
