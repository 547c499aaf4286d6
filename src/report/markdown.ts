import type { ComparisonRow, Verdict } from "../model/comparison.js";
import { leakFigureNames } from "../model/leak.js";
import { formatBytes, formatDuration, formatMs } from "../model/units.js";
import { escapeMarkdown } from "./escape.js";
import {
  formatChange,
  formatCount,
  formatCounted,
  formatInterval,
  formatNumber,
  formatPercent,
  formatValue,
  isNoise,
  verdictMarks,
} from "./format.js";
import { leakMarks, worthTelling } from "./leak-lines.js";
import type { ReportModel } from "./model.js";
import { observed } from "./text.js";

/** A comment of a pull request holds no more. */
const characterLimit = 65_000;
const worstFirst: readonly Verdict[] = ["regressed", "inconclusive", "improved", "pass"];
const endpointLimit = 40;

/** The report as a comment: verdict and what regressed first, what is only noise folded away. Under 65,536 characters. */
export function renderMarkdown(model: ReportModel): string {
  const { decision, run } = model;
  const blocks = [
    `## ${wordMark(decision.word)} ${decision.word}: ${escapeMarkdown(run.scenario)}\n\n${escapeMarkdown(decision.sentence)}`,
    decisionTable(model),
    banner(model),
    deltaTable(model),
    fitness(model),
    endpointTable(model),
    warnings(model),
    provenance(model),
  ];
  let text = "";
  for (const block of blocks.filter((block) => block !== "")) {
    if (text.length + block.length > characterLimit)
      return `${text}\nThe rest is in report.html: it would not fit here.\n`;
    text += `${block}\n\n`;
  }
  return `${text.trimEnd()}\n`;
}

function wordMark(word: ReportModel["decision"]["word"]): string {
  return { PASS: "✓", IMPROVED: "▲", FAIL: "✗", REGRESSED: "▼", INCONCLUSIVE: "?", INVALID: "⊘" }[word];
}

function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(headers), line(headers.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

function decisionTable(model: ReportModel): string {
  if (model.decision.rows.length === 0) return "";
  return table(
    ["what", "limit", "observed", "margin", "verdict"],
    model.decision.rows.map((row) => [
      ...[row.what, row.limit, row.observed, row.margin].map(escapeMarkdown),
      `${verdictMarks[row.verdict]} ${row.verdict}`,
    ]),
  );
}

function banner(model: ReportModel): string {
  const { run, damage } = model;
  const lines: string[] = [];
  if (run.status !== "complete")
    lines.push(
      `> **This run is not complete** (${run.status}${run.endReason ? `: ${escapeMarkdown(run.endReason)}` : ""}).`,
    );
  if (model.headline === null) lines.push("> **Nothing was measured.**");
  for (const text of damage) lines.push(`> ${escapeMarkdown(text)}`);
  return lines.join("\n");
}

function deltaTable(model: ReportModel): string {
  const { comparison } = model;
  if (comparison === null) return "";
  const ordered = worstFirst.flatMap((verdict) => comparison.rows.filter((row) => row.verdict === verdict));
  const loud = ordered.filter((row) => row.gating || row.verdict === "regressed" || row.verdict === "improved");
  const quiet = ordered.filter((row) => !loud.includes(row));
  const headers = ["series", "baseline", "now", "change", "interval", "verdict", "more runs"];
  const against =
    comparison.baseline === null
      ? ""
      : ` against ${escapeMarkdown(comparison.baseline.name)} (${formatCounted(comparison.baseline.runs.length, "run")})`;
  const parts = [`### Change${against}`];
  if (loud.length > 0) parts.push(table(headers, loud.slice(0, 60).map(deltaCells)));
  if (loud.length > 60) parts.push(`… and ${loud.length - 60} more.`);
  if (quiet.length > 0) {
    const shown = quiet.slice(0, 60);
    const rest = quiet.length > shown.length ? `\n\n… and ${quiet.length - shown.length} more.` : "";
    parts.push(
      `<details><summary>${quiet.length} series without a finding</summary>\n\n${table(headers, shown.map(deltaCells))}${rest}\n\n</details>`,
    );
  }
  if (comparison.differences.length > 0) {
    parts.push(
      table(
        ["differs", "baseline", "now"],
        comparison.differences.map(({ field, baseline, candidate, must }) => [
          `${must ? "✗" : "!"} ${escapeMarkdown(field)}`,
          escapeMarkdown(baseline),
          escapeMarkdown(candidate),
        ]),
      ),
    );
  }
  return parts.join("\n\n");
}

function deltaCells(row: ComparisonRow): string[] {
  return [
    escapeMarkdown(`${row.series} ${row.statistic}`),
    formatValue(row.baseline, row.unit),
    formatValue(row.candidate, row.unit),
    `${isNoise(row) ? "\\~ " : ""}${formatChange(row.change, row.unit)}`,
    formatInterval(row),
    `${verdictMarks[row.verdict]} ${row.verdict}`,
    row.moreRuns === null ? "" : String(row.moreRuns),
  ];
}

function fitness(model: ReportModel): string {
  const { run } = model;
  const lines = [
    `- validity: **${run.validity.state}**${run.validity.reasons.map((reason) => `; ${escapeMarkdown(reason.text)}`).join("")}`,
  ];
  const load = run.load;
  if (load !== undefined) {
    lines.push(
      `- rate: planned ${formatNumber(load.plannedRate)}/s, achieved ${formatNumber(load.achievedRate)}/s, ${formatCount(load.dropped)} dropped, ${formatDuration(load.durationMs)}`,
      load.latenessMs === undefined
        ? "- lateness: not told by the engine"
        : `- lateness: p50 ${formatMs(load.latenessMs.p50)}, p99 ${formatMs(load.latenessMs.p99)}, max ${formatMs(load.latenessMs.max)}`,
    );
  }
  for (const threshold of run.thresholds) {
    lines.push(
      `- ${threshold.ok ? "✓" : "✗"} ${escapeMarkdown(`${threshold.metric} ${threshold.expression}`)}: ${observed(run, threshold)}`,
    );
  }
  for (const source of run.resources) {
    if (source.rssBytes === undefined) continue;
    lines.push(
      `- ${escapeMarkdown(source.source)}: memory ${formatBytes(source.rssBytes.p50)} median, ${formatBytes(source.rssBytes.max)} at most`,
    );
  }
  for (const leak of worthTelling(run.leaks ?? [])) {
    lines.push(
      `- ${leakMarks[leak.verdict]} ${escapeMarkdown(leak.source)} ${leakFigureNames[leak.figure]}: **${leak.verdict.replaceAll("-", " ")}**; ${escapeMarkdown(leak.sentence)}`,
    );
  }
  return `### The run\n\n${lines.join("\n")}`;
}

function endpointTable(model: ReportModel): string {
  if (model.endpoints.length === 0) return "";
  const shown = model.endpoints.slice(0, endpointLimit);
  const rows = shown.map((row) => [
    escapeMarkdown(row.name.slice(0, 200)),
    formatCount(row.requests),
    row.failed === null ? "–" : formatCount(row.failed),
    ...[row.p50Ms, row.p95Ms, row.p99Ms, row.maxMs].map(formatMs),
  ]);
  const rest = model.endpoints.length > shown.length ? `\n\n… and ${model.endpoints.length - shown.length} more.` : "";
  return `<details><summary>${model.endpoints.length} endpoints, ${model.headline?.label ?? ""}</summary>\n\n${table(["endpoint", "requests", "failed", "p50", "p95", "p99", "max"], rows)}${rest}\n\n</details>`;
}

function warnings(model: ReportModel): string {
  const all = [...model.run.warnings, ...(model.comparison?.warnings ?? [])];
  if (all.length === 0) return "";
  const shown = all.slice(0, 9).map((warning) => `- ${escapeMarkdown(warning)}`);
  return `### Warnings\n\n${[...shown, ...(all.length > 9 ? [`- … and ${all.length - 9} more`] : [])].join("\n")}`;
}

function provenance(model: ReportModel): string {
  const { run } = model;
  const labels = Object.entries(run.labels).map(([name, value]) => `${escapeMarkdown(name)} ${escapeMarkdown(value)}`);
  const checks = run.summary?.metrics.checks?.values.rate;
  const parts = [
    `run ${escapeMarkdown(run.id)}`,
    ...labels,
    ...(checks === undefined ? [] : [`checks ${formatPercent(checks)}`]),
    `script sha256 ${run.script.sha256.slice(0, 12)}`,
  ];
  return `<sub>${parts.join(" · ")}</sub>`;
}
