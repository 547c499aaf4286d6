import { builtInMetrics, type Metric, type MetricType, type SeriesKey, seriesName } from "../model/metric.js";
import { didYouMean } from "../model/nearest.js";
import type { ThresholdOption } from "../model/options.js";
import { Problem } from "../model/problem.js";
import { redactTags } from "../model/redact.js";
import type { ThresholdResult } from "../model/run.js";
import { type Measured, observe } from "./observe.js";
import { type Condition, holds, parseCondition, parseSeries } from "./threshold-grammar.js";

/** A threshold of a script, read and ready to be evaluated. */
export interface ParsedThreshold {
  /** The key as the script wrote it, but for secrets. */
  readonly metric: string;
  /** What it is about; the tags are empty for a whole metric. */
  readonly series: SeriesKey;
  /** The expression as the script wrote it. */
  readonly expression: string;
  readonly condition: Condition;
  readonly abortOnFail: boolean;
  readonly delayAbortEvalMs: number;
}

/**
 * Reads the consolidated thresholds.
 *
 * What can be known before the script's own metrics are: the grammar, and whether a built-in metric has what is asked
 * of it. {@link checkThresholds} does the rest.
 *
 * @throws {Problem} `threshold.key`, `threshold.expression` or `threshold.aggregation`, exit code 104
 */
export function parseThresholds(
  thresholds: Readonly<Record<string, readonly ThresholdOption[]>>,
): readonly ParsedThreshold[] {
  const parsed = Object.entries(thresholds).flatMap(([metric, options]) => {
    const at = placeOf(metric);
    const { series, shown } = withoutSecrets(parseSeries(metric, at), metric);
    return options.map(({ threshold, abortOnFail, delayAbortEvalMs }, index) => ({
      metric: shown,
      series,
      expression: threshold,
      condition: parseCondition(threshold, `${at}[${index}]`),
      abortOnFail,
      delayAbortEvalMs,
    }));
  });
  for (const threshold of parsed) {
    const type = builtInTypes.get(threshold.series.metric);
    if (type !== undefined) refuseOtherAggregation(threshold, type);
  }
  return parsed;
}

/** Samples are kept without their secrets, so a key is looked up, and shown, without them as well. */
function withoutSecrets(series: SeriesKey, written: string): { readonly series: SeriesKey; readonly shown: string } {
  const tags = redactTags(series.tags);
  if (tags === series.tags) return { series, shown: written };
  const safe = { ...series, tags };
  return { series: safe, shown: seriesName(safe) };
}

/**
 * Holds the thresholds against the metrics that exist, which is known once the init phase has defined the script's own.
 *
 * @param custom the metrics that the script defined; the built-in ones need not be among them
 * @throws {Problem} `threshold.unknown-metric` or `threshold.aggregation`, exit code 104
 */
export function checkThresholds(
  parsed: readonly ParsedThreshold[],
  custom: Iterable<Pick<Metric, "name" | "type">>,
): void {
  const known = new Map(builtInTypes);
  for (const { name, type } of custom) known.set(name, type);
  for (const threshold of parsed) {
    const { metric } = threshold.series;
    const type = known.get(metric);
    if (type !== undefined) refuseOtherAggregation(threshold, type);
    else {
      throw new Problem("threshold.unknown-metric", `There is no metric ${metric}.`, {
        at: placeOf(threshold.metric),
        found: metric,
        expected: "a built-in metric, or one that the script makes in its init code",
        hint: `Correct the name, or create the metric.${didYouMean(metric, known.keys())}`,
      });
    }
  }
}

/** The submetrics that the recorder must keep apart, each once. */
export function submetricsOf(parsed: readonly ParsedThreshold[]): readonly SeriesKey[] {
  const keys = parsed.map(({ series }) => series).filter(({ tags }) => Object.keys(tags).length > 0);
  return [...new Map(keys.map((key) => [seriesName(key), key])).values()];
}

/**
 * Holds each threshold against what was measured.
 *
 * As in k6, what was never measured passes as a Rate, and counts as 0 for the other kinds; `observed` is then null.
 *
 * @param lookup by series name; undefined where nothing was measured
 * @param elapsedMs for the rate of counters
 */
export function evaluateThresholds(
  parsed: readonly ParsedThreshold[],
  lookup: (seriesName: string) => Measured | undefined,
  elapsedMs: number,
): ThresholdResult[] {
  return parsed.map(({ metric, series, expression, condition, abortOnFail }) => {
    const measured = lookup(seriesName(series));
    const type = builtInTypes.get(series.metric) ?? (measured ?? lookup(series.metric))?.series.type;
    const observed = measured === undefined ? null : observe(measured, condition, elapsedMs);
    return {
      metric,
      expression,
      ok: observed === null ? passesUnmeasured(condition, type) : holds(observed, condition),
      observed,
      limit: condition.limit,
      abortOnFail,
    };
  });
}

/** A metric without that aggregation fails: it must not pass for want of a value. */
function passesUnmeasured(condition: Condition, type: MetricType | undefined): boolean {
  if (type !== undefined && !hasAggregation(type, condition)) return false;
  return type === "rate" || holds(0, condition);
}

/** A sentence for each threshold that was judged although nothing was measured. */
export function unmeasuredWarnings(results: readonly ThresholdResult[]): string[] {
  return results
    .filter(({ observed }) => observed === null)
    .map(
      ({ metric, expression, ok }) =>
        `The threshold ${metric} ${expression} ${ok ? "passed" : "failed"} although nothing was measured.`,
    );
}

/**
 * The failed thresholds that end the run now; empty when it goes on.
 *
 * @param results of {@link evaluateThresholds} on the same thresholds, in their order
 */
export function shouldAbort(
  parsed: readonly ParsedThreshold[],
  results: readonly ThresholdResult[],
  elapsedMs: number,
): readonly ThresholdResult[] {
  // Before the first sample nothing has failed yet, whatever an empty trend counts as.
  return results.filter(
    ({ ok, abortOnFail, observed }, i) =>
      !ok && abortOnFail && observed !== null && elapsedMs >= parsed[i]!.delayAbortEvalMs,
  );
}

const aggregations: Readonly<Record<MetricType, readonly string[]>> = {
  counter: ["count", "rate"],
  gauge: ["value"],
  rate: ["rate"],
  trend: ["avg", "min", "med", "max", "p(N)"],
};

const builtInTypes: ReadonlyMap<string, MetricType> = new Map(
  Object.values(builtInMetrics).map(({ name, type }) => [name, type]),
);

function hasAggregation(type: MetricType, { method }: Condition): boolean {
  return aggregations[type].includes(method === "p" ? "p(N)" : method);
}

function refuseOtherAggregation({ metric, series, expression, condition }: ParsedThreshold, type: MetricType): void {
  if (hasAggregation(type, condition)) return;
  throw new Problem("threshold.aggregation", `A ${type} such as ${series.metric} has no ${condition.method}.`, {
    at: placeOf(metric),
    found: expression,
    expected: aggregations[type].join(", "),
    hint: `Begin the expression with ${aggregations[type].join(" or ")}.`,
  });
}

function placeOf(metric: string): string {
  return `options.thresholds["${metric}"]`;
}
