import { createRequire } from "node:module";
import type { Cheerio, CheerioAPI } from "cheerio";
import type { AnyNode, Element } from "domhandler";

export type { AnyNode, Element } from "domhandler";
export type Nodes = Cheerio<AnyNode>;

const require = createRequire(import.meta.url);
let cheerio: typeof import("cheerio") | undefined;

/** A parsed page, and where it came from: links and forms are relative to that. */
export interface Page {
  readonly $: CheerioAPI;
  /** "" where the text came from no response. */
  readonly url: string;
}

/** Parses by the HTML standard, as browsers do: what is missing (html, head, body, tbody) is added. */
export function parsePage(html: string, url: string): Page {
  // Loaded when a script first parses a page: most scripts never do, and it takes 0.1 s and 10 MB.
  cheerio ??= require("cheerio") as typeof import("cheerio");
  return { $: cheerio.load(html), url };
}

export function isElement(node: AnyNode | null | undefined): node is Element {
  return node?.type === "tag" || node?.type === "script" || node?.type === "style";
}
