import type { Comparison, ComparisonRow, Decision, DecisionRow } from "../model/comparison.js";
import { type ExitCode, exitCodes } from "../model/problem.js";
import type { RunManifest, ThresholdResult } from "../model/run.js";
import { countWords, percentWords, pointWords, signedWords, sizeWords, valueWords } from "./words.js";

type Word = Decision["word"];

const mostRows = 8;

// The script or the run itself broke: whatever was measured before is no pass.
const brokenCodes: readonly ExitCode[] = [
  exitCodes.setupTimeout,
  exitCodes.teardownTimeout,
  exitCodes.otherTimeout,
  exitCodes.scriptException,
  exitCodes.scriptAborted,
  exitCodes.internal,
  exitCodes.markedFailed,
];

/**
 * The ten-second verdict of a run: its validity first, then its thresholds, then the comparison with the baseline.
 *
 * A run that was cut short, that measured nothing a threshold asked for, or of which nothing was asked is never a pass.
 *
 * @param comparison of this run with its baseline; absent where there is none
 * @param damage what of the run's files could not be read; then the run may fail, but not pass
 * @param isAccepted the run is part of the baseline, and has nothing to be compared with
 */
export function decide(
  manifest: RunManifest,
  comparison?: Comparison,
  { damage = [], isAccepted = false }: { readonly damage?: readonly string[]; readonly isAccepted?: boolean } = {},
): Decision {
  const { word, sentence } = undamaged(wordOf(manifest, comparison, isAccepted), damage);
  const degraded = manifest.validity.state === "degraded" && word !== "INVALID";
  const doubts = manifest.validity.reasons.map((reason) => reason.text).join(" ");
  return {
    word,
    sentence: degraded ? `${sentence} Measured with reservations: ${doubts}` : sentence,
    rows: decisionRows(manifest, comparison),
  };
}

function undamaged(
  found: { readonly word: Word; readonly sentence: string },
  [first, ...more]: readonly string[],
): { readonly word: Word; readonly sentence: string } {
  if (first === undefined || (found.word !== "PASS" && found.word !== "IMPROVED")) return found;
  const others = more.length === 0 ? "" : ` And ${countWords(more.length, "other place")}.`;
  return { word: "INCONCLUSIVE", sentence: `The record is damaged, so nothing is proven by it. ${first}${others}` };
}

function wordOf(
  manifest: RunManifest,
  comparison: Comparison | undefined,
  isAccepted: boolean,
): { word: Word; sentence: string } {
  const { validity, thresholds, endReason, exitCode, status } = manifest;
  // A smoke test is short on purpose: its thresholds may fail it, and nothing may pass it.
  const codes = new Set(validity.reasons.map((reason) => reason.code));
  const isShort = validity.state === "invalid" && codes.size === 1 && codes.has("too-few-samples");
  if (validity.state === "invalid" && !isShort) {
    const reasons = validity.reasons.map((reason) => reason.text).join(" ");
    return { word: "INVALID", sentence: `This run cannot be judged. ${reasons}`.trim() };
  }
  const failed = thresholds.filter((threshold) => !threshold.ok);
  if (failed.length > 0) return { word: "FAIL", sentence: failedSentence(failed, thresholds.length) };
  if (brokenCodes.includes(exitCode as ExitCode)) {
    return { word: "FAIL", sentence: `The run did not end as it should: ${endReason ?? `exit code ${exitCode}`}` };
  }
  if (isShort) {
    const held = thresholds.length === 0 ? "" : `${holdSentence(thresholds.length)}, but this proves little. `;
    return { word: "INCONCLUSIVE", sentence: `${held}${validity.reasons[0]!.text}` };
  }
  if (comparison?.verdict === "regressed") return { word: "REGRESSED", sentence: comparison.reason };
  const allFailed = allFailedSentence(manifest);
  if (allFailed !== undefined) return { word: "INCONCLUSIVE", sentence: allFailed };
  if (status !== "complete" || validity.state === "unknown") {
    const why = status === "running" ? "The run has no end: it still runs, or was cut off" : "The run was interrupted";
    return { word: "INCONCLUSIVE", sentence: `${why}${endReason === undefined ? "." : `: ${endReason}`}` };
  }
  const unmeasured = thresholds.filter((threshold) => threshold.observed === null);
  if (unmeasured.length > 0) {
    return { word: "INCONCLUSIVE", sentence: `${nameOf(unmeasured[0]!)} found nothing to measure in this run.` };
  }
  if (comparison !== undefined) return comparedWord(comparison);
  if (thresholds.length === 0) {
    const baseline = isAccepted ? "and it is part of the baseline itself" : "and no baseline";
    return { word: "INCONCLUSIVE", sentence: `Nothing was asked of this run: no thresholds, ${baseline}.` };
  }
  const baseline = isAccepted ? "the run is part of the baseline itself" : "there is no baseline to compare with";
  return { word: "PASS", sentence: `${holdSentence(thresholds.length)}; ${baseline}.` };
}

/** Times of nothing but failures prove nothing, whatever thresholds they hold; undefined where something succeeded. */
function allFailedSentence({ summary }: RunManifest): string | undefined {
  // In both, `passes` are those that the metric counts: failed requests, and checks that held.
  const requests = summary?.metrics.http_req_failed?.values;
  const checks = summary?.metrics.checks?.values;
  const failed = requests?.passes ?? 0;
  if (failed > 0 && requests?.fails === 0) {
    return `${failed === 1 ? "The only request" : `All ${failed} requests`} failed: the times are times of failures, and prove nothing.`;
  }
  const broken = checks?.fails ?? 0;
  if (broken > 0 && checks?.passes === 0) {
    return `${broken === 1 ? "The only check" : `All ${broken} checks`} failed: what was measured is not what was meant to be.`;
  }
  return undefined;
}

function holdSentence(count: number): string {
  return count === 1 ? "The threshold holds" : `All ${count} thresholds hold`;
}

function comparedWord({ verdict, reason }: Comparison): { word: Word; sentence: string } {
  const words = { pass: "PASS", improved: "IMPROVED", regressed: "REGRESSED", inconclusive: "INCONCLUSIVE" } as const;
  return { word: words[verdict], sentence: reason };
}

function failedSentence(failed: readonly ThresholdResult[], all: number): string {
  const names = failed.slice(0, 3).map(nameOf);
  if (failed.length > names.length) names.push(`${failed.length - names.length} more`);
  return `${failed.length} of ${countWords(all, "threshold")} failed: ${names.join(", ")}.`;
}

function nameOf({ metric, expression }: ThresholdResult): string {
  return `${metric} ${expression}`;
}

const severity: Readonly<Record<DecisionRow["verdict"], number>> = {
  fail: 0,
  regressed: 1,
  inconclusive: 2,
  improved: 3,
  pass: 4,
};

function decisionRows(manifest: RunManifest, comparison: Comparison | undefined): DecisionRow[] {
  const gating = comparison?.rows.filter((row) => row.gating) ?? [];
  const rows = [...manifest.thresholds.map((result) => thresholdRow(result, manifest)), ...gating.map(comparedRow)];
  return rows.sort((a, b) => severity[a.verdict] - severity[b.verdict]).slice(0, mostRows);
}

function thresholdRow(result: ThresholdResult, manifest: RunManifest): DecisionRow {
  const unit = unitOf(result.metric, manifest);
  const [, aggregate = result.expression, operator = ""] =
    /^\s*(.*?)\s*(===?|!=|<=?|>=?)/.exec(result.expression) ?? [];
  // A count is a count whatever its metric measures, and a counter's rate is one a second.
  const isCount = aggregate === "count";
  const isPace = aggregate === "rate" && manifest.summary?.metrics[baseName(result.metric)]?.type === "counter";
  const words = (value: number) => valueWords(value, isCount ? "count" : isPace ? "per second" : unit);
  return {
    what: `${result.metric} ${aggregate}, threshold`,
    limit: `${operator} ${words(result.limit)}`.trim(),
    observed: result.observed === null ? "not measured" : words(result.observed),
    margin: result.observed === null ? "" : distance(result.observed, result.limit),
    verdict: !result.ok ? "fail" : result.observed === null ? "inconclusive" : "pass",
  };
}

function unitOf(metric: string, manifest: RunManifest): ComparisonRow["unit"] {
  const summary = manifest.summary?.metrics[metric] ?? manifest.summary?.metrics[baseName(metric)];
  if (summary?.type === "rate") return "ratio";
  if (summary?.contains === "time") return "ms";
  return summary?.contains === "data" ? "bytes" : "count";
}

/** `http_req_duration{status:200}` -> `http_req_duration`. */
function baseName(metric: string): string {
  return metric.replace(/\{.*$/s, "");
}

function distance(observed: number, limit: number): string {
  if (observed === limit) return "at the limit";
  const side = observed < limit ? "below" : "above";
  return limit === 0 ? side : `${percentWords((observed - limit) / limit)} ${side}`;
}

function comparedRow(row: ComparisonRow): DecisionRow {
  const worse = row.better === "lower" ? "+" : "−";
  const reference = row.baseline === null ? "no baseline" : `baseline ${valueWords(row.baseline, row.unit)}`;
  const change = row.change === null ? "" : ` (${signedWords(row.change, row.unit)})`;
  return {
    what: `${row.series} ${row.statistic}, vs baseline`,
    limit: `${reference} ${worse}${sizeWords(row.margin, row.unit)}`,
    observed: row.candidate === null ? "not measured" : `${valueWords(row.candidate, row.unit)}${change}`,
    margin: row.change === null ? "" : room(row.change, row),
    verdict: row.verdict,
  };
}

/** How far inside or outside the margin a change is; both are percentages of the baseline, so they differ in points. */
function room(change: number, { better, margin, unit }: ComparisonRow): string {
  const left = margin - (better === "lower" ? change : -change);
  const points = unit === "ratio" ? sizeWords(left, unit) : pointWords(left);
  return left >= 0 ? `${points} to spare` : `${points} over`;
}
