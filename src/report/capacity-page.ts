import type { CapacityResult } from "../model/capacity.js";
import { capacityRows, capacitySentences, capacityTableHeaders } from "./capacity-words.js";
import { capacityChart } from "./charts/capacity.js";
import { type Html, html, htmlTable } from "./html.js";
import type { PageAssets } from "./page.js";

/**
 * A capacity search as one file that asks for nothing and runs nothing: the chart is a picture, the curve a table.
 *
 * @param png the chart, as it lies beside the page
 */
export function renderCapacityPage(result: CapacityResult, png: Uint8Array, assets: PageAssets): string {
  const policy = `default-src 'none'; style-src 'sha256-${assets.cssSha256}'; img-src data:; base-uri 'none'; form-action 'none'`;
  const [main = "", ...more] = capacitySentences(result);
  const picture = `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
  const title = `Capacity of ${result.scenario}`;
  const body = html`<header><div class="brand"><span>Loadline</span></div>
<p class="what"><b>${result.scenario}</b><span>${result.startedAt.slice(0, 16).replace("T", " ")} UTC</span><span>capacity-${result.id}</span></p></header>
<main><section class="verdict ${result.capacity === null ? "bad" : "good"}"><div class="say"><div><h1>${main}</h1>
${more.map((sentence) => html`<p class="sentence">${sentence}</p>`)}</div></div></section>
<section class="figure"><h2>${capacityChart.title}</h2><p class="caption">${capacityChart.caption}</p>
<img src="${picture}" width="960" height="${capacityChart.height}" class="chart" alt="${capacityChart.title}. The figures are in the table below.">
</section>
<section><h2>The curve</h2><p class="caption">Each rate had to meet ${result.thresholds.join("; ")}, with at most 0.1 % of arrivals dropped.</p>
${htmlTable(
  "Rate against latency, errors and CPU",
  capacityTableHeaders.map((header, i) => ({ header, figures: i > 0 && i < 7 })),
  capacityRows(result),
)}</section>
${refusals(result)}
<section><h2>Environment</h2><p class="caption">${result.environment.cpuModel}, ${result.environment.cores} cores, ${result.environment.os} ${result.environment.kernel}, Node.js ${result.environment.node}, Loadline ${result.environment.loadline}</p></section>
<section><h2>Reproduce</h2><pre><code>${result.command.join(" ")}</code></pre></section></main>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${html`${title}`.text}</title>
<style>${assets.css}</style>
</head>
<body>
${body.text}
</body>
</html>
`;
}

function refusals(result: CapacityResult): Html {
  const lines = result.steps
    .filter(({ outcome }) => outcome !== "holds")
    .sort((a, b) => a.rate - b.rate)
    .flatMap(({ rate, reasons }) => reasons.map((reason) => html`<li>${rate}/s: ${reason}</li>`));
  if (lines.length === 0) return html``;
  return html`<section><h2>What did not hold</h2><ul class="reasons">${lines}</ul></section>`;
}
