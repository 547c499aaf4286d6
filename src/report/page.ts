import { deflateRawSync } from "node:zlib";
import { type Html, html } from "./html.js";
import type { ReportModel } from "./model.js";
import { figure, resourceTable } from "./sections/figures.js";
import { environmentSection, reproduceSection, warningSection } from "./sections/origin.js";
import { deltaSection, endpointSection, thresholdSection } from "./sections/tables.js";
import { bannerSection, validitySection, verdictSection } from "./sections/verdict.js";

/** What the build made of the page's script and style: the contents of `report/assets/page.json`. */
export interface PageAssets {
  readonly script: string;
  readonly css: string;
  /** Base64, for the Content-Security-Policy. */
  readonly scriptSha256: string;
  readonly cssSha256: string;
}

const contents: readonly (readonly [id: string, name: string])[] = [
  ["percentiles", "Percentiles"],
  ["spectrum", "Spectrum"],
  ["service-response", "Service time"],
  ["heat-map", "Heat map"],
  ["memory", "Memory"],
  ["cpu", "CPU"],
  ["generator", "Generator"],
  ["delta", "Baseline"],
  ["endpoints", "Endpoints"],
  ["thresholds", "Thresholds"],
  ["environment", "Environment"],
  ["reproduce", "Reproduce"],
];

const mark = html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="10"/><path d="M1 16h30"/></svg>`;

/**
 * The report as one file that asks for nothing: text and tables as markup, charts drawn by the inlined script.
 *
 * The script may run and nothing else may: its hash stands in the policy. Every name from script or target is text.
 */
export function renderPage(model: ReportModel, assets: PageAssets): string {
  const { run } = model;
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${assets.scriptSha256}'`,
    `style-src 'sha256-${assets.cssSha256}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const endpoints = model.endpoints.length > 0;
  const body = html`<a class="skip" href="#verdict">Skip to the verdict</a>
<header><div class="brand">${mark}<span>Loadline</span></div>
<p class="what"><b>${run.scenario}</b>${labelText(model)}<span>${run.startedAt.slice(0, 16).replace("T", " ")} UTC</span><span>${run.id}</span></p>
<div class="tools"><button type="button" id="theme">Theme: auto</button></div></header>
<main>${bannerSection(model)}
${verdictSection(model)}
${validitySection(model)}
<nav aria-label="Contents">${contents.filter(([id]) => id !== "endpoints" || endpoints).map(([id, name]) => html`<a href="#${id}">${name}</a>`)}</nav>
<noscript><p class="banner">The charts need the script inside this file; every figure is in the tables.</p></noscript>
${["percentiles", "spectrum", "service-response", "heat-map", "memory", "cpu"].map((id) => figure(model, id))}
${resourceTable(model)}
${figure(model, "generator")}
${deltaSection(model)}
${endpointSection(model)}
${thresholdSection(model)}
${environmentSection(model)}
${reproduceSection(model)}
${warningSection(model)}</main>
<footer><p>Made by Loadline ${run.environment.loadline} from ${run.id}. Times are wall-clock of the generator; percentiles come from HDR histograms with 0.1 % resolution.</p></footer>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${html`${model.decision.word}: ${run.scenario} ${run.id}`.text}</title>
<link rel="icon" href="${icon}">
<style>${assets.css}</style>
</head>
<body>
${body.text}
<script type="application/octet-stream" id="model">${embed(model)}</script>
<script type="module">${assets.script}</script>
</body>
</html>
`;
}

const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32' fill='none' stroke='%230072b2' stroke-width='4'%3E%3Ccircle cx='16' cy='16' r='10'/%3E%3Cpath d='M1 16h30'/%3E%3C/svg%3E";

function labelText(model: ReportModel): Html[] {
  return Object.entries(model.run.labels).map(([name, value]) => html`<span>${name} ${value}</span>`);
}

/** Compressed and in base64: no text from the run can end the block or start another. */
function embed(model: ReportModel): string {
  return deflateRawSync(JSON.stringify(model), { level: 9 }).toString("base64");
}
