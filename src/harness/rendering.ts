// The terminal's words for what the stages found.

import type { BaselineDiff } from "../model/baseline-diff.js";
import type { CapacityResult } from "../model/capacity.js";
import type { ChecklistResult } from "../model/checklist.js";
import type { Comparison } from "../model/comparison.js";
import type { Trend } from "../model/history.js";
import { renderBaselineDiff } from "../report/baseline-diff-text.js";
import { renderCapacity } from "../report/capacity-text.js";
import { renderChecklistText } from "../report/checklist-text.js";
import { renderComparison } from "../report/comparison-text.js";
import { renderText, renderWatched } from "../report/text.js";
import { renderTrend } from "../report/trend-text.js";
import type { RunOutcome } from "./run-request.js";
import type { WatchOutcome } from "./watch.js";

export { renderNightlyJunit, renderNightlyMarkdown, renderNightlyText } from "../report/nightly.js";
export { renderSignOffMarkdown } from "../report/signoff-markdown.js";

interface TextStyle {
  readonly color: boolean;
  readonly width: number;
}

export function renderSummary(outcome: RunOutcome, style: TextStyle): string {
  return renderText(outcome.manifest, { decision: outcome.decision, color: style.color, width: style.width });
}

/** What a watch without load has to say. */
export function renderWatch(outcome: WatchOutcome, style: TextStyle): string {
  return renderWatched(outcome.manifest, { color: style.color });
}

export function renderComparisonText(comparison: Comparison, style: TextStyle): string {
  return renderComparison(comparison, { color: style.color, width: style.width });
}

export function renderDiffText(diff: BaselineDiff, style: TextStyle): string {
  return renderBaselineDiff(diff, { color: style.color, width: style.width });
}

export function renderTrendText(trend: Trend, style: TextStyle): string {
  return renderTrend(trend, { color: style.color, width: style.width });
}

export function renderCapacityText(result: CapacityResult, style: TextStyle): string {
  return renderCapacity(result, { color: style.color });
}

export function renderChecklistResult(result: ChecklistResult, style: Pick<TextStyle, "color">): string {
  return renderChecklistText(result, style);
}

/** Loaded only when asked for: a table needs no canvas. */
export async function writeTrendChart(path: string, trend: Trend): Promise<void> {
  await (await import("./history-chart.js")).writeTrendChart(path, trend);
}
