import type { Decision, DecisionRow } from "../../model/comparison.js";
import { formatBytes, formatDuration, formatMs } from "../../model/units.js";
import { formatClock, formatCount, formatCounted, formatNumber, verdictMarks } from "../format.js";
import { badge, clipped, type Html, html, htmlTable, type Tone } from "../html.js";
import type { ReportModel } from "../model.js";

const tones: Readonly<Record<Decision["word"], Tone>> = {
  PASS: "good",
  IMPROVED: "good",
  FAIL: "bad",
  REGRESSED: "bad",
  INCONCLUSIVE: "open",
  INVALID: "bad",
};

/** Each word has a shape of its own; the paths stand in a box of 64 by 64. */
const shapes: Readonly<Record<Decision["word"], Html>> = {
  PASS: html`<circle cx="32" cy="32" r="30"/><path class="ink" d="M19 33l9 9 18-20"/>`,
  IMPROVED: html`<path d="M32 3 62 58H2z"/><path class="ink" d="M32 49V26m-9 9 9-10 9 10"/>`,
  FAIL: html`<path d="M20 2h24l18 18v24L44 62H20L2 44V20z"/><path class="ink" d="M22 22l20 20M42 22 22 42"/>`,
  REGRESSED: html`<path d="M32 61 2 6h60z"/><path class="ink" d="M32 15v23m-9-9 9 10 9-10"/>`,
  INCONCLUSIVE: html`<path d="M32 1 63 32 32 63 1 32z"/><path class="ink" d="M25 26a7 7 0 1 1 10 6c-2 1-3 3-3 6m0 7v1"/>`,
  INVALID: html`<circle cx="32" cy="32" r="30"/><path class="ink" d="M14 50 50 14"/>`,
};

/** Which colour family a decision's rows and words take. */
export function toneOf(verdict: DecisionRow["verdict"]): Tone {
  return verdict === "pass" || verdict === "improved" ? "good" : verdict === "inconclusive" ? "open" : "bad";
}

/** The first screen: a word, a shape, a sentence, at most eight rows. */
export function verdictSection(model: ReportModel): Html {
  const { decision } = model;
  const rows = decision.rows.slice(0, 8);
  return html`<section id="verdict" class="verdict ${tones[decision.word]}" aria-labelledby="word">
<div class="say"><svg class="shape" viewBox="0 0 64 64" aria-hidden="true">${shapes[decision.word]}</svg>
<div><h1 id="word">${decision.word}</h1><p class="sentence">${decision.sentence}</p></div></div>
${
  rows.length === 0
    ? html``
    : htmlTable(
        "What decided",
        [
          { header: "What" },
          { header: "Limit", figures: true },
          { header: "Observed", figures: true },
          { header: "Margin", figures: true },
          { header: "Verdict" },
        ],
        rows.map((row) => [
          clipped(row.what),
          row.limit,
          row.observed,
          row.margin,
          badge(verdictMarks[row.verdict], row.verdict, toneOf(row.verdict)),
        ]),
      )
}
</section>`;
}

/** What a reader must know before any figure: the run was cut short, measured nothing, or was damaged. */
export function bannerSection(model: ReportModel): Html {
  const { run, damage } = model;
  const lines: string[] = [];
  if (run.status === "interrupted")
    lines.push(
      `This run was interrupted${run.endReason ? `: ${run.endReason}` : ""}. It shows what was recorded until then.`,
    );
  if (run.status === "running")
    lines.push(
      "This run has no end on record: it was still running, or was cut off. It shows what was recorded until then.",
    );
  if (model.headline === null) lines.push("Nothing was measured: not one request or iteration was completed.");
  const failed = run.summary?.metrics.http_req_failed?.values.rate;
  if (failed === 1) lines.push("Every request failed. The times below are the times of failures.");
  const all = [...lines, ...damage];
  return all.length === 0
    ? html``
    : html`<div class="banner" role="note">${all.map((line) => html`<p>${line}</p>`)}</div>`;
}

/** The most, and in a long run the memory at certain times: it must not grow with the length of the run. */
function ownMemory({ ownMemory }: ReportModel, mostBytes: number): string {
  const most = `${formatBytes(mostBytes)} at most`;
  if ((ownMemory.at(-1)?.atS ?? 0) < longRunS) return most;
  return [most, ...ownMemory.map(({ atS, rssBytes }) => `${formatBytes(rssBytes)} at ${formatClock(atS)}`)].join(", ");
}
const longRunS = 300;

/** In place of what another program's engine keeps to itself. */
const notTold = "not told by the engine";

/** Planned and achieved rate, drops, lateness, the generator's own strain: whether the run may be believed. */
export function validitySection(model: ReportModel): Html {
  const { validity, load } = model.run;
  const tone: Tone = validity.state === "valid" ? "good" : validity.state === "invalid" ? "bad" : "open";
  const figures: [string, string, string][] = [];
  if (load?.openModel) {
    const late = load.latenessMs;
    figures.push(
      ["Planned rate", `${formatNumber(load.plannedRate)}/s`, formatCounted(load.plannedArrivals, "arrival")],
      ["Achieved rate", `${formatNumber(load.achievedRate)}/s`, `${formatCount(load.dropped)} dropped`],
      late === undefined
        ? ["Lateness", "–", notTold]
        : ["Lateness p99", formatMs(late.p99), `p50 ${formatMs(late.p50)}, max ${formatMs(late.max)}`],
    );
  } else if (load !== undefined)
    figures.push(["Iterations", `${formatNumber(load.achievedRate)}/s`, "closed model: no due times"]);
  figures.push(["Samples", formatCount(model.headline?.count ?? 0), model.headline?.label ?? "nothing measured"]);
  if (load !== undefined) {
    figures.push(
      load.longestStallMs === undefined
        ? ["Longest stall", "–", notTold]
        : ["Longest stall", formatMs(load.longestStallMs), `${formatMs(load.gcMs ?? 0)} of collection in all`],
      ["Generator", `${Number(load.harnessCpuCores.toFixed(2))} cores`, ownMemory(model, load.harnessRssMaxBytes)],
      ["Duration", formatDuration(load.durationMs), model.run.status],
    );
  }
  const mark = { good: "✓", bad: "✗", open: "?" }[tone];
  return html`<section id="validity" class="strip" aria-label="Whether the run may be judged">
<div class="tile ${tone}"><dl><dt>Validity</dt><dd>${badge(mark, validity.state, tone)}</dd></dl></div>
${figures.map(([name, value, note]) => html`<div class="tile"><dl><dt>${name}</dt><dd>${value}</dd><dd class="note">${note}</dd></dl></div>`)}
</section>
${validity.reasons.length === 0 ? html`` : html`<ul class="reasons">${validity.reasons.map((reason) => html`<li>${reason.text}</li>`)}</ul>`}`;
}
