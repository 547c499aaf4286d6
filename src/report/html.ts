import { escapeMarkup } from "./escape.js";
import { cutInMiddle } from "./format.js";

/** Markup that is safe to insert; only {@link html} makes it. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | undefined | readonly Html[];

/** A template whose strings are markup and whose values are text: a value is escaped unless it is {@link Html} itself. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  let text = strings[0]!;
  for (const [i, value] of values.entries()) text += inserted(value) + strings[i + 1]!;
  return new Html(text);
}

function inserted(value: Part): string {
  if (value === undefined) return "";
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map((part: Html) => part.text).join("");
  return escapeMarkup(String(value));
}

export interface TableColumn {
  readonly header: string;
  /** Figures are set flush right. */
  readonly figures?: boolean;
}

/** A table in a box that scrolls sideways on narrow screens, by keyboard too. */
export function htmlTable(
  label: string,
  columns: readonly TableColumn[],
  rows: readonly (readonly (Html | string)[])[],
  rowClass: (index: number) => string | undefined = () => undefined,
): Html {
  const kind = (i: number): Html => (columns[i]?.figures ? html` class="num"` : html``);
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table>
<thead><tr>${columns.map((column, i) => html`<th scope="col"${kind(i)}>${column.header}</th>`)}</tr></thead>
<tbody>${rows.map((row, at) => html`<tr${classOf(rowClass(at))}>${row.map((cell, i) => (i === 0 ? html`<th scope="row">${cell}</th>` : html`<td${kind(i)}>${cell}</td>`))}</tr>\n`)}</tbody>
</table></div>`;
}

function classOf(name: string | undefined): Html {
  return name === undefined ? html`` : html` class="${name}"`;
}

/** Which verdicts look alike: what a shape and a colour say, beside the word. */
export type Tone = "good" | "bad" | "open";

/** Longer names would push the figures out of sight. */
const longestName = 200;

/** A name as a cell; a very long one is cut in its middle and whole in its title. */
export function clipped(name: string): Html {
  return name.length <= longestName
    ? html`${name}`
    : html`<span title="${name}">${cutInMiddle(name, longestName)}</span>`;
}

/** A small mark with its word. */
export function badge(mark: string, word: string, tone: Tone): Html {
  return html`<span class="badge ${tone}"><span aria-hidden="true">${mark}</span> ${word}</span>`;
}
