import { formatBytes } from "../../model/units.js";
import { badge, type Html, html, htmlTable } from "../html.js";
import type { ReportModel } from "../model.js";

/** Where the run was made, and in what that differs from the baseline. */
export function environmentSection(model: ReportModel): Html {
  const { environment, labels } = model.run;
  const differences = model.comparison?.differences ?? [];
  const facts: [string, string][] = [
    ...Object.entries(environment).map(([name, value]): [string, string] => [
      name,
      name === "memoryBytes" ? formatBytes(Number(value)) : String(value),
    ]),
    ...Object.entries(labels).map(([name, value]): [string, string] => [`label ${name}`, value]),
  ];
  const plainName = (field: string): string => field.replace(/^environment\./, "").replace(/^labels\./, "label ");
  const shown = new Set<string>();
  const rows: (Html | string)[][] = facts.map(([name, value]) => {
    const difference = differences.find(({ field }) => plainName(field) === name);
    if (difference === undefined) return [name, value, "", ""];
    shown.add(difference.field);
    return [name, value, difference.baseline, mark(difference.must)];
  });
  for (const { field, baseline, candidate, must } of differences) {
    if (!shown.has(field)) rows.push([field, candidate, baseline, mark(must)]);
  }
  return html`<section id="environment"><h2>Environment</h2>
${htmlTable("Environment of run and baseline", [{ header: "Field" }, { header: "This run" }, { header: "Baseline, where it differs" }, { header: "Difference" }], rows)}</section>`;
}

function mark(must: boolean): Html {
  return must ? badge("✗", "forbids a verdict", "bad") : badge("≠", "differs", "open");
}

/** The exact command, and what must be unchanged for it to mean the same. */
export function reproduceSection(model: ReportModel): Html {
  const { run } = model;
  return html`<section id="reproduce"><h2>Reproduce</h2>
<pre class="command" tabindex="0">${run.command.map(shellWord).join(" ")}</pre>
${htmlTable(
  "Digests",
  [{ header: "File" }, { header: "sha256" }],
  [
    ...run.script.files.map((file) => [file.path, html`<code>${file.sha256}</code>`]),
    ["options that decide the load", html`<code>${run.optionsDigest}</code>`],
  ],
)}
<details><summary>Resolved options</summary><pre tabindex="0">${html`${JSON.stringify(run.options, null, 2)
    .split("\n")
    .map((line) => html`${line}\n`)}`}</pre></details></section>`;
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`;
}

/** Doubts that travelled with the run and the comparison. */
export function warningSection(model: ReportModel): Html {
  const warnings = [...model.run.warnings, ...(model.comparison?.warnings ?? [])];
  if (warnings.length === 0) return html``;
  return html`<section id="warnings"><h2>Warnings</h2><ul class="reasons">${warnings.map((warning) => html`<li>${warning}</li>`)}</ul></section>`;
}
