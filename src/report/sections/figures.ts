import { leakFigureNames } from "../../model/leak.js";
import { formatBytes, formatMs } from "../../model/units.js";
import { charts } from "../charts/catalog.js";
import type { ChartSpec } from "../charts/spec.js";
import { formatClock, formatNumber, formatPercent } from "../format.js";
import { badge, type Html, html, htmlTable } from "../html.js";
import { leakMarks } from "../leak-lines.js";
import type { ReportModel } from "../model.js";
import { saturation } from "../text.js";

/** A chart's place in the page: heading, how to read it, the plot that the page's script fills, and its table. */
export function figure(model: ReportModel, id: string): Html {
  const spec = charts.find((chart) => chart.id === id)!;
  const missing = spec.missing(model);
  return html`<section id="${spec.id}" class="figure" aria-labelledby="${spec.id}-title">
<h2 id="${spec.id}-title">${spec.title}</h2><p class="caption">${spec.caption}</p>
${missing === undefined ? plot(spec) : html`<p class="missing">${missing}</p>`}
</section>`;
}

function plot(spec: ChartSpec): Html {
  const readout = spec.readout
    ? html`<p class="readout" aria-hidden="true" data-hint="Point at the chart, or focus it and use the arrow keys, to read one second."></p>`
    : html``;
  // A chart over time is a slider along the run: arrow keys move the cursor that all of them share.
  const role = spec.readout
    ? html`role="slider" tabindex="0" aria-valuemin="0" aria-valuemax="0" aria-valuenow="0" aria-label="${spec.title}: cursor"`
    : html`role="img" aria-label="${spec.title}. ${spec.caption} The figures are in the table below."`;
  return html`${readout}<div class="plot" data-chart="${spec.id}" ${role}><canvas></canvas></div>
<details class="behind"><summary>Table behind this chart</summary><div data-table="${spec.id}"></div></details>`;
}

const kinds = [
  ["memory (RSS)", "rssBytes", formatBytes],
  ["memory (PSS)", "pssBytes", formatBytes],
  ["heap", "heapBytes", formatBytes],
  ["CPU, cores", "cpuCores", formatNumber],
  ["file descriptors", "fds", formatNumber],
  ["threads", "threads", formatNumber],
  ["CPU withheld by its quota", "throttledRatio", formatPercent],
] as const;

/** The summary of every watched process, and what happened to it. */
export function resourceTable(model: ReportModel): Html {
  const leaks = leakTable(model);
  const rows = model.run.resources.flatMap((source) =>
    kinds.flatMap(([name, field, format]) => {
      const values = source[field];
      if (values === undefined) return [];
      return [
        [`${source.source}: ${name}`, ...[values.min, values.p50, values.p95, values.max, values.last].map(format)],
      ];
    }),
  );
  if (rows.length === 0) return html``;
  const figures = ["Min", "Median", "p95", "Max", "Last"].map((header) => ({ header, figures: true }));
  const events = model.run.resources.flatMap((source) =>
    source.events.map(({ atMs, event }) => html`<li>${source.source} at ${formatNumber(atMs / 1000)} s: ${event}</li>`),
  );
  return html`<section id="watched"><h2>Watched processes in figures</h2>
${htmlTable("Resources of every watched process", [{ header: "Watched" }, ...figures], rows)}
${leaks}
${worstTable(model)}
${events.length === 0 ? html`` : html`<ul class="reasons">${events}</ul>`}</section>`;
}

const leakTones = { stable: "good", leaking: "bad", "still-warming-up": "open", inconclusive: "open" } as const;

/** Whether anything grew without end: word, interval and reason of every figure. */
function leakTable(model: ReportModel): Html {
  const leaks = [...(model.comparison?.leaks ?? []), ...(model.run.leaks ?? [])];
  if (leaks.length === 0) return html``;
  return htmlTable(
    "Growth of the floor, and whether it is a leak",
    [{ header: "Watched" }, { header: "Verdict" }, { header: "In words" }],
    leaks.map((leak) => [
      `${leak.source}: ${leakFigureNames[leak.figure]}${leak.against === "baseline" ? ", against the baseline" : ""}`,
      badge(leakMarks[leak.verdict], leak.verdict.replaceAll("-", " "), leakTones[leak.verdict]),
      leak.sentence,
    ]),
  );
}

/** What the target did in the worst seconds of latency, and what a thousand requests cost it. */
function worstTable(model: ReportModel): Html {
  const usualCpu = new Map(
    model.run.resources.flatMap(({ source, cpuCores }) =>
      cpuCores === undefined ? [] : [[source, formatNumber(cpuCores.p50)] as const],
    ),
  );
  const costs = model.cpuPerThousand.map(
    ({ source, seconds }) => html`<li>${source}: ${formatNumber(seconds)} CPU seconds per thousand requests</li>`,
  );
  const limits = model.run.resources.flatMap((source) => {
    const words = saturation(source);
    return words === undefined ? [] : [html`<li>${source.source}: ${words}</li>`];
  });
  const rows = model.worstSeconds.flatMap(({ atS, p99Ms, sources }) =>
    sources.map((one) => [
      formatClock(atS),
      formatMs(p99Ms),
      one.source,
      one.rssBytes === undefined ? "–" : formatBytes(one.rssBytes),
      one.rssChangeBytes === undefined ? "–" : formatBytes(one.rssChangeBytes),
      one.cpuCores === undefined ? "–" : formatNumber(one.cpuCores),
      usualCpu.get(one.source) ?? "–",
      one.throttledRatio === undefined ? "–" : formatPercent(one.throttledRatio),
      one.gcMs === undefined ? "–" : formatMs(one.gcMs),
      one.event ?? "",
    ]),
  );
  const headers = ["Change", "CPU, cores", "CPU as a rule", "Throttled", "GC"].map((header) => ({
    header,
    figures: true,
  }));
  const said = [...costs, ...limits];
  return html`${said.length === 0 ? html`` : html`<ul class="reasons">${said}</ul>`}${
    rows.length === 0
      ? html``
      : html`<details class="behind"><summary>The worst seconds of latency, and what was watched then</summary>${htmlTable(
          "The worst seconds of latency",
          [
            { header: "At" },
            { header: "p99", figures: true },
            { header: "Watched" },
            { header: "Memory", figures: true },
            ...headers,
            { header: "Event" },
          ],
          rows,
        )}</details>`
  }`;
}
