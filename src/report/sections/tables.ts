import type { ComparisonRow } from "../../model/comparison.js";
import type { GroupSummary } from "../../model/run.js";
import { formatMs } from "../../model/units.js";
import {
  formatChange,
  formatCount,
  formatCounted,
  formatInterval,
  formatPercent,
  formatValue,
  isNoise,
  runsWords,
  verdictMarks,
} from "../format.js";
import { badge, clipped, type Html, html, htmlTable } from "../html.js";
import type { ReportModel } from "../model.js";
import { observed } from "../text.js";
import { toneOf } from "./verdict.js";

/** Informational rows of the delta table on paper, so that the whole stays within four pages. */
const printedInformational = 12;

const num = (header: string) => ({ header, figures: true });

/** Series against the baseline: value, change, interval, verdict, and what would settle an open one. */
export function deltaSection(model: ReportModel): Html {
  const { comparison } = model;
  if (comparison === null || comparison.baseline === null) {
    return html`<section id="delta"><h2>Against the baseline</h2><p class="missing">${
      comparison?.reason ?? "This run was not compared. Accept runs with loadline baseline accept, then compare."
    }</p></section>`;
  }
  const { baseline, candidate } = comparison;
  const kept = printedRows(comparison.rows);
  const unprinted = comparison.rows.length - kept.size;
  return html`<section id="delta"><h2>Against the baseline ${baseline.name}</h2>
<p>“Now” is ${runsWords(candidate.runs.length)}, the baseline ${runsWords(baseline.runs.length)}${
    baseline.acceptedAt === undefined ? "" : `, accepted ${baseline.acceptedAt.slice(0, 10)}`
  }.${candidate.runs.length === 1 ? "" : " The charts show this run alone."} ~ marks a change that cannot be told from noise.</p>
${htmlTable(
  "Change of every series",
  [
    { header: "Series" },
    num("Baseline"),
    num("Now"),
    num("Change"),
    num("Interval"),
    { header: "Verdict" },
    num("More runs"),
  ],
  comparison.rows.map(deltaRow),
  (i) => {
    const row = comparison.rows[i]!;
    return row.gating ? undefined : kept.has(row) ? "informational" : "informational screen-only";
  },
)}${
  unprinted === 0
    ? html``
    : html`<p class="print-only">${formatCounted(unprinted, "more informational row")} in the page itself, and in summary.md.</p>`
}</section>`;
}

/** Paper has room for everything that decides, and for the first of what only informs. */
function printedRows(rows: readonly ComparisonRow[]): ReadonlySet<ComparisonRow> {
  return new Set([
    ...rows.filter((row) => row.gating),
    ...rows.filter((row) => !row.gating).slice(0, printedInformational),
  ]);
}

function deltaRow(row: ComparisonRow): (Html | string)[] {
  return [
    html`<span class="series" title="${row.reason}">${clipped(row.series)} <b>${row.statistic}</b></span>${row.gating ? html`` : html` <span class="quiet">informational</span>`}`,
    formatValue(row.baseline, row.unit),
    formatValue(row.candidate, row.unit),
    html`${isNoise(row) ? html`<span class="noise" title="cannot be told from noise">~</span> ` : html``}${formatChange(row.change, row.unit)}`,
    formatInterval(row),
    badge(verdictMarks[row.verdict], row.verdict, toneOf(row.verdict)),
    row.moreRuns === null ? "" : String(row.moreRuns),
  ];
}

/** One row a named request. */
export function endpointSection(model: ReportModel): Html {
  if (model.endpoints.length === 0) return html``;
  const withService = model.endpoints.some((row) => row.serviceP95Ms !== null);
  return html`<section id="endpoints"><h2>Endpoints</h2>
<p class="caption">${model.headline?.label ?? ""} of each named request over the whole run.</p>
${htmlTable(
  "Endpoints",
  [
    { header: "Endpoint" },
    ...["Requests", "Failed", "Mean", "p50", "p95", "p99", "Max"].map(num),
    ...(withService ? [num("Service p95")] : []),
  ],
  model.endpoints.map((row) => [
    clipped(row.name),
    formatCount(row.requests),
    row.failed === null ? "–" : formatCount(row.failed),
    ...[row.meanMs, row.p50Ms, row.p95Ms, row.p99Ms, row.maxMs].map(formatMs),
    ...(withService ? [row.serviceP95Ms === null ? "–" : formatMs(row.serviceP95Ms)] : []),
  ]),
)}</section>`;
}

/** What the script asked for, and whether it got it. */
export function thresholdSection(model: ReportModel): Html {
  const { run } = model;
  const checks = run.summary === undefined ? [] : checksOf(run.summary.root_group);
  return html`<section id="thresholds"><h2>Thresholds and checks</h2>
${
  run.thresholds.length === 0
    ? html`<p class="missing">The script sets no thresholds.</p>`
    : htmlTable(
        "Thresholds",
        [{ header: "Threshold" }, num("Observed"), { header: "Result" }],
        run.thresholds.map((row) => [
          html`<span class="series">${clipped(row.metric)} <b>${row.expression}</b></span>${row.abortOnFail ? html` <span class="quiet">aborts the run</span>` : html``}`,
          observed(run, row),
          row.ok ? badge("✓", "pass", "good") : badge("✗", "fail", "bad"),
        ]),
      )
}
${
  checks.length === 0
    ? html``
    : htmlTable(
        "Checks",
        [{ header: "Check" }, num("Passed"), num("Failed"), num("Ratio"), { header: "Result" }],
        checks.map(({ name, passes, fails }) => [
          clipped(name),
          formatCount(passes),
          formatCount(fails),
          passes + fails === 0 ? "–" : formatPercent(passes / (passes + fails)),
          fails === 0 ? badge("✓", "all passed", "good") : badge("✗", "some failed", "bad"),
        ]),
      )
}</section>`;
}

interface CheckRow {
  readonly name: string;
  readonly passes: number;
  readonly fails: number;
}

function checksOf(group: GroupSummary): CheckRow[] {
  const place = group.path
    .split("::")
    .filter((part) => part !== "")
    .join(" › ");
  return [
    ...group.checks.map((check) => ({
      name: place === "" ? check.name : `${place} › ${check.name}`,
      passes: check.passes,
      fails: check.fails,
    })),
    ...group.groups.flatMap(checksOf),
  ];
}
