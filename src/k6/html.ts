import type { Vu } from "../model/vu.js";
import { asModule } from "./as-module.js";
import { parsePage } from "./html/dom.js";
import { Selection } from "./html/selection.js";

/** The DOM's numbers, as `Element.nodeType()` gives them. */
const NodeType = { ElementNode: 1, TextNode: 3, CommentNode: 8, DocumentNode: 9, DoctypeNode: 10 } as const;

/** The module `k6/html`: pages as jQuery-like selections. */
export function htmlModule(_vu: Vu): object {
  return asModule({ NodeType, parseHTML: (text: unknown) => parseHtml(String(text), "") });
}

/**
 * The whole page as a selection.
 *
 * @param url where it came from; links and forms are relative to it
 */
export function parseHtml(text: string, url: string): Selection {
  const page = parsePage(text, url);
  return new Selection(page, page.$.root() as never);
}
