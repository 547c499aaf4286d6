import type { Root } from "mdast";
import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import { unified } from "unified";

const plain = unified().use(remarkParse).freeze();
const whole = unified().use(remarkParse).use(remarkGfm).freeze();

/**
 * Signs without which GitHub's additions change no word: tables, struck text, footnotes, bare addresses (an escape or
 * emphasis in them), drawn boxes (which may stand behind another), a box before HTML or before another box, a box that is a link.
 */
const needsAdditions = /[|~@☐☑☒]|\[\^|:\/\/|www\.|\[[ x]\]\s*[<[]|\[x\]:/i;

/**
 * Markdown as a tree.
 *
 * GitHub's additions double the parser's time, so a piece that can hold none is parsed without them. Boxes are read from
 * the source itself.
 */
export function parsePiece(text: string): Root {
  // The parser's type for its root is wider than what these plugins make.
  return (needsAdditions.test(text) ? whole : plain).parse(text) as Root;
}

/** The same with every addition, to hold the other against. */
export function parsePieceWhole(text: string): Root {
  return whole.parse(text) as Root;
}
