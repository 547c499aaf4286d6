import type { List, ListItem, Nodes, Parent, TableCell } from "mdast";
import type { Checklist, ChecklistItem } from "../model/checklist.js";
import { repairBrokenText } from "./broken-text.js";
import { ItemIds } from "./item-id.js";
import { parsePiece } from "./parse-piece.js";
import { cutIntoPieces, type Piece } from "./pieces.js";

/** Boxes that people draw without brackets. */
const drawnBoxes: Readonly<Record<string, ChecklistItem["box"]>> = { "☐": "open", "☑": "ticked", "☒": "ticked" };
const bindingComment = /<!--\s*loadline:\s*([\s\S]*?)\s*-->/g;

type Draft = Omit<ChecklistItem, "id" | "parent"> & { readonly parentIndex: number | undefined };

/**
 * Reads a Markdown document as a checklist.
 *
 * Items are list entries with a box, rows of tables with a box, and whatever carries a binding; where a document has no box
 * at all, every list entry. Nothing that the document names is opened.
 *
 * @param path for messages alone
 * @param parse of one piece, to a tree
 * @throws {Problem} `checklist.too-long`, `checklist.line-too-long`, `checklist.too-deep`, `checklist.block-too-long`
 */
export function readChecklist(source: string, path: string, parse = parsePiece): Checklist {
  const reader = new Reader(source, parse);
  for (const piece of cutIntoPieces(source, path)) reader.read(piece);
  const hasBoxes = reader.drafts.some(({ box }) => box !== "none");
  const ids = new ItemIds();
  const all = reader.drafts.map(({ parentIndex: _, ...draft }) => {
    const explicit = draft.bindings
      .map((text) => /(?:^|;)\s*id=([\w.-]{1,80})\s*(?:;|$)/.exec(text)?.[1])
      .find(Boolean);
    return { ...draft, id: ids.idOf(draft.headings, draft.text, explicit) };
  });
  const isItem = ({ box, bindings }: (typeof all)[number]): boolean =>
    !hasBoxes || box !== "none" || bindings.length > 0;
  const withParents = all.map((item, i): ChecklistItem => {
    const parent = reader.drafts[i]!.parentIndex;
    return parent === undefined ? item : { ...item, parent: all[parent]!.id };
  });
  const broken = (source.match(/\ufffd/g) ?? []).length;
  return {
    title: reader.title ?? "Checklist",
    items: withParents.filter(isItem),
    notes: withParents.filter((item) => !isItem(item)),
    warnings: broken === 0 ? [] : [`${broken} characters could not be read: the file is not UTF-8.`],
  };
}

class Reader {
  title: string | undefined;
  readonly drafts: Draft[] = [];
  #headings: { depth: number; text: string }[] = [];

  constructor(
    readonly source: string,
    readonly parse: typeof parsePiece,
  ) {}

  read(piece: Piece): void {
    this.#walk(this.parse(piece.text).children, piece, 0, undefined);
  }

  #walk(nodes: readonly Nodes[], piece: Piece, depth: number, parentIndex: number | undefined): void {
    for (const node of nodes) {
      switch (node.type) {
        case "heading":
          this.#enter(node.depth, cleaned(plain(node, true)));
          break;
        case "list":
          this.#list(node, piece, depth, parentIndex);
          break;
        case "table":
          for (const row of node.children.slice(1)) this.#row(row.children, row, piece);
          break;
        case "blockquote":
        case "footnoteDefinition":
          this.#walk(node.children, piece, depth, parentIndex);
          break;
        default:
          break;
      }
    }
  }

  #enter(depth: number, text: string): void {
    this.title ??= text;
    this.#headings = this.#headings.filter((heading) => heading.depth < depth);
    // The title says what the whole document is; it tells no two items apart.
    if (depth > 1) this.#headings.push({ depth, text });
  }

  #list(list: List, piece: Piece, depth: number, parentIndex: number | undefined): void {
    for (const item of list.children) {
      const index = this.#item(item, piece, depth, parentIndex);
      this.#walk(item.children, piece, depth + 1, index ?? parentIndex);
    }
  }

  #item(item: ListItem, piece: Piece, depth: number, parentIndex: number | undefined): number | undefined {
    const head = item.children[0];
    if (head?.type !== "paragraph") return undefined;
    const start = item.position!.start.offset! + piece.offset;
    const textStart = head.position!.start.offset! + piece.offset;
    const opening = this.source.slice(start, textStart + 8);
    // The parser knows a box only before more text of the line; people also leave the sign out: "[]".
    const bracket = /\[([ xX]?)\](?!\()/.exec(opening);
    const isBox = bracket !== null && /^(?:[-*+]|\d+[.)])?\s*$/.test(opening.slice(0, bracket.index));
    // Of two boxes the first counts.
    const drawn = isBox ? undefined : drawnBoxes[this.source.charAt(textStart)];
    const box = drawn ?? (isBox ? (/x/i.test(bracket[1]!) ? "ticked" : "open") : "none");
    const comments = [head, ...item.children.slice(1).filter((child) => child.type === "html")];
    const hasParts = item.children.some((child) => child.type === "list");
    const sentence = this.#sentence(head, comments);
    if (sentence.text === "" && sentence.bindings.length === 0) return undefined;
    this.drafts.push({
      ...sentence,
      headings: this.#headings.map(({ text }) => text),
      line: item.position!.start.line + piece.line - 1,
      depth,
      box,
      ...(box !== "none" && drawn === undefined && bracket![1] !== "" ? { boxAt: start + bracket!.index + 1 } : {}),
      endsAt: this.#endOf(head, piece),
      parentIndex,
      isGroup:
        hasParts &&
        sentence.bindings.length === 0 &&
        (box !== "none" || /:$/.test(sentence.text) || sentence.text.length < 60),
    });
    return this.drafts.length - 1;
  }

  #row(cells: readonly TableCell[], row: Nodes, piece: Piece): void {
    const texts = cells.map((cell) => this.#sentence(cell, [cell]));
    const boxed = texts.findIndex(({ text }) => /^(?:\[[ xX]?\]|[☐☑☒])(?:\s|$)/.test(text));
    const bindings = texts.flatMap((one) => one.bindings);
    if (boxed < 0 && bindings.length === 0) return;
    const sign = boxed < 0 ? "" : /^\[?([^\]]?)/.exec(texts[boxed]!.text)![1]!;
    const box =
      boxed < 0 ? "none" : (drawnBoxes[texts[boxed]!.text.charAt(0)] ?? (/x/i.test(sign) ? "ticked" : "open"));
    const cellStart = boxed < 0 ? 0 : cells[boxed]!.position!.start.offset! + piece.offset;
    const bracket = boxed < 0 ? -1 : this.source.slice(cellStart, cellStart + 40).search(/\[[ xX]\]/);
    const join = (part: "text" | "promise"): string =>
      texts
        .map((one) => one[part].replace(/^(?:\[[ xX]?\]|[☐☑☒])\s*/, ""))
        .filter((text) => text !== "")
        .join(" · ");
    const last = cells.at(-1)!;
    const end = last.position!.end.offset! + piece.offset;
    this.drafts.push({
      text: join("text"),
      promise: join("promise"),
      bindings,
      headings: this.#headings.map(({ text }) => text),
      line: row.position!.start.line + piece.line - 1,
      depth: 0,
      box,
      ...(bracket < 0 ? {} : { boxAt: cellStart + bracket + 1 }),
      // Before the bar that closes the row.
      endsAt: this.source.charAt(end - 1) === "|" ? end - 1 : end,
      parentIndex: undefined,
      isGroup: false,
    });
  }

  #sentence(node: Nodes, comments: readonly Nodes[]): Pick<Draft, "text" | "promise" | "bindings"> {
    const found = comments.flatMap((one) => [...htmlIn(one).matchAll(bindingComment)].map((match) => match[1]!.trim()));
    return {
      text: cleaned(plain(node, true)),
      promise: cleaned(plain(node, false)),
      bindings: found,
    };
  }

  /** Before a comment that ends the line, and before trailing blanks. */
  #endOf(node: Nodes, piece: Piece): number {
    const start = node.position!.start.offset! + piece.offset;
    const text = this.source.slice(start, node.position!.end.offset! + piece.offset);
    return start + text.replace(/(?:\s*<!--[\s\S]*?-->)+\s*$/, "").trimEnd().length;
  }
}

function isParent(node: Nodes): node is Nodes & Parent {
  return "children" in node;
}

/** The words of a node; of code only what reads like a limit, unless all of it is wanted. */
function plain(node: Nodes, withCode: boolean): string {
  switch (node.type) {
    case "text":
      return node.value;
    case "inlineCode":
      return withCode || /[<>≤≥]/.test(node.value) ? node.value : "…";
    case "break":
      return " ";
    case "image":
    case "imageReference":
      return node.alt ?? "";
    default:
      return isParent(node) ? (node.children as Nodes[]).map((child) => plain(child, withCode)).join("") : "";
  }
}

function htmlIn(node: Nodes): string {
  if (node.type === "html") return node.value;
  return isParent(node) ? (node.children as Nodes[]).map(htmlIn).join("\n") : "";
}

/** One line, with broken characters mended and the signs of a list or a box taken off. */
function cleaned(text: string): string {
  return repairBrokenText(text)
    .replace(/\s+/g, " ")
    .trim()
    .replace(/^(?:\[[ xX]?\](?=\s|$)|[☐☑☒])\s*(?=\S)/u, "");
}
