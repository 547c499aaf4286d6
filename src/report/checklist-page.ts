import type { ChecklistResult, ItemState, JudgedItem, SignOffBlock } from "../model/checklist.js";
import { stateMarks } from "./checklist-text.js";
import { badge, type Html, html, htmlTable, type Tone } from "./html.js";
import type { PageAssets } from "./page.js";

export interface ChecklistPageInput {
  readonly result: ChecklistResult;
  /** Empty lines to be filled in by hand where nobody has signed off yet. */
  readonly block?: SignOffBlock | undefined;
  /** From the page to the run folder, as a relative URL that ends in a slash; no links without it. */
  readonly runHref?: string | undefined;
  /** Whether the run folder has a report to link to. */
  readonly hasReport?: boolean | undefined;
  readonly assets: Pick<PageAssets, "css" | "cssSha256">;
}

const tones: Readonly<Record<ItemState, Tone>> = {
  pass: "good",
  attested: "good",
  waived: "open",
  "not-applicable": "open",
  "not-run": "open",
  unbound: "open",
  claim: "bad",
  stale: "bad",
  fail: "bad",
  refused: "bad",
};

/** The checklist as one file that asks for nothing and runs nothing: the items, the evidence, the sign-off block. */
export function renderChecklistPage(input: ChecklistPageInput): string {
  const { result, block, assets } = input;
  const tone: Tone = result.complete ? "good" : "bad";
  const word = result.complete ? "COMPLETE" : "INCOMPLETE";
  const policy = `default-src 'none'; style-src 'sha256-${assets.cssSha256}'; base-uri 'none'; form-action 'none'`;
  const body = html`<a class="skip" href="#verdict">Skip to the result</a>
<header><div class="brand"><span>Loadline</span></div>
<p class="what"><b>${result.title}</b>${result.version === undefined ? html`` : html`<span>version ${result.version}</span>`}<span>${result.judgedAt.slice(0, 16).replace("T", " ")} UTC</span>${result.run === null ? html`` : html`<span>${result.run.scenario} ${result.run.id}</span>`}</p></header>
<main>${result.warnings.length === 0 ? html`` : html`<div class="banner" role="note">${result.warnings.map((line) => html`<p>${line}</p>`)}</div>`}
<section id="verdict" class="verdict ${tone}" aria-labelledby="word"><div class="say"><div><h1 id="word">${word}</h1><p class="sentence">${result.sentence}</p>${openItems(result)}</div></div></section>
${sectionsOf(result.items).map(([heading, items]) => section(heading, items, input))}
${silentSection(result)}${signOffSection(block)}</main>
<footer><p>Judged by Loadline from ${result.checklist.path}, sha256 ${result.checklist.sha256}.</p></footer>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${html`${word}: ${result.title}`.text}</title>
<style>${assets.css}</style>
</head>
<body>
${body.text}
</body>
</html>
`;
}

/** More would push the document itself out of sight. */
const mostListed = 10;

/** What stands in the way, each with a way to it: a long document hides it between what is done. */
function openItems({ items }: ChecklistResult): Html {
  const open = items.filter(({ settled }) => !settled);
  if (open.length === 0) return html``;
  const rows = open
    .slice(0, mostListed)
    .map(
      ({ id, text, state }) =>
        html`<li>${stateMarks[state]} ${state.replace("-", " ")}: <a href="#item-${id}">${text}</a></li>`,
    );
  const more = open.length - rows.length;
  return html`<ul class="reasons">${rows}${more > 0 ? html`<li>and ${more} more</li>` : html``}</ul>`;
}

function sectionsOf(items: readonly JudgedItem[]): [heading: string, items: JudgedItem[]][] {
  const sections: [string, JudgedItem[]][] = [];
  for (const item of items) {
    const heading = item.headings.join(" / ") || "Items";
    const last = sections.at(-1);
    if (last?.[0] === heading) last[1].push(item);
    else sections.push([heading, [item]]);
  }
  return sections;
}

function section(heading: string, items: readonly JudgedItem[], input: ChecklistPageInput): Html {
  const rows = items.map((item) => [
    html`<span id="item-${item.id}">${"\u2003".repeat(Math.min(item.depth, 8))}${item.text}</span>`,
    badge(stateMarks[item.state], item.state.replace("-", " "), tones[item.state]),
    html`${item.reason} ${evidenceLinks(item, input)}`,
  ]);
  return html`<section class="items"><h2>${heading}</h2>${htmlTable(heading, [{ header: "Item" }, { header: "State" }, { header: "Evidence" }], rows)}</section>`;
}

/** Places are ours, never the document's: a file of the run folder and a part of it. */
function evidenceLinks(item: JudgedItem, { runHref, hasReport }: ChecklistPageInput): Html[] {
  if (runHref === undefined) return [];
  const places = [...new Set(item.clauses.flatMap(({ evidence }) => (evidence === undefined ? [] : [evidence])))];
  return places.map((place) => {
    const words = place.replace(/^report\.html#/, "report: ");
    // A link that leads nowhere is worse than none.
    if (place.startsWith("report.html") && hasReport !== true) return html` <span class="quiet">(${words})</span>`;
    return html` <a href="${runHref}${place}">${words}</a>`;
  });
}

/** Who was to give evidence and gave none: no item of the document has to tell. */
function silentSection({ subsystems }: ChecklistResult): Html {
  const { heard, silent } = subsystems;
  if (silent.length === 0) return html``;
  const rows = silent.map(({ kind, name, reason }) => [`${kind} ${name}`, badge("○", "silent", "open"), reason]);
  const columns = [{ header: "What" }, { header: "State" }, { header: "Why" }];
  return html`<section id="silent" class="items"><h2>Declared, and silent</h2><p>${heard.length} of ${heard.length + silent.length} declared scenarios, sources and probes gave evidence.</p>${htmlTable("Declared, and silent", columns, rows)}</section>`;
}

const lines: readonly (readonly [name: string, key: keyof SignOffBlock])[] = [
  ["Service name", "service"],
  ["Version", "version"],
  ["Deployment date", "deployed"],
  ["Verified by", "by"],
  ["Approval date", "approvedAt"],
  ["Notes", "notes"],
];

function signOffSection(block: SignOffBlock | undefined): Html {
  const shownValue = (key: keyof SignOffBlock): string => {
    const value = block?.[key];
    if (value === undefined) return block === undefined ? "________________" : "–";
    if (key === "by" && block?.role !== undefined) return `${value} (${block.role})`;
    return key === "approvedAt" ? `${value.slice(0, 16).replace("T", " ")} UTC` : value;
  };
  return html`<section id="sign-off" class="block"><h2>Sign-off</h2>${htmlTable(
    "Sign-off",
    [{ header: "Field" }, { header: "Value" }],
    lines.map(([name, key]) => [name, shownValue(key)]),
  )}</section>`;
}
