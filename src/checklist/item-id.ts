import { createHash } from "node:crypto";

/**
 * Hands out ids: a few words of the sentence, and six digits of a digest of sentence and headings.
 *
 * Boxes, bindings, emphasis, line numbers and broken characters do not enter, so ticking or moving within the section
 * keeps the id, and another sentence is another item. A second item with the same words under the same headings
 * gets `-2`.
 */
export class ItemIds {
  readonly #given = new Map<string, number>();

  idOf(headings: readonly string[], text: string, explicit: string | undefined): string {
    const base = explicit ?? makeId(headings, text);
    const times = (this.#given.get(base) ?? 0) + 1;
    this.#given.set(base, times);
    return times === 1 ? base : this.idOf(headings, text, `${base}-${times}`);
  }
}

function makeId(headings: readonly string[], text: string): string {
  const words = normalised(text).split(" ").slice(0, 5).join("-").slice(0, 40).replace(/-+$/, "");
  const digest = createHash("sha256")
    .update([...headings, text].map(normalised).join("\n"))
    .digest("hex");
  return `${words === "" ? "item" : words}-${digest.slice(0, 6)}`;
}

/** Letters and digits alone; operators count, because "< 100" and "> 100" are two promises. */
function normalised(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/<=|≤/g, " le ")
    .replace(/>=|≥/g, " ge ")
    .replace(/</g, " lt ")
    .replace(/>/g, " gt ")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}
