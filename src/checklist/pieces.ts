import { Problem } from "../model/problem.js";

/** A part of the document that can be parsed by itself. */
export interface Piece {
  readonly text: string;
  /** Of its first sign in the document. */
  readonly offset: number;
  /** Of its first line, from 1. */
  readonly line: number;
}

/** Longer documents are no checklists. UTF-16 units. */
const longest = 16 * 1024 * 1024;
/** A parser of Markdown takes more than linear time on long lines and deep nesting. */
const longestLine = 64 * 1024;
const deepestIndent = 200;
const deepestQuote = 50;
/** Where a piece may end, it ends after this many signs: parsed at once, megabytes take gigabytes of memory. */
const wantedPiece = 2 * 1024;
const longestPiece = 1024 * 1024;

/**
 * Cuts a document where it can be cut without changing what it says: before headings and outermost list items, and
 * around fenced code, which is left out because nothing in it is an item.
 *
 * @throws {Problem} `checklist.too-long`, `checklist.line-too-long`, `checklist.too-deep` or `checklist.block-too-long`
 */
export function cutIntoPieces(source: string, path: string): Piece[] {
  if (source.length > longest)
    throw refused("too-long", path, `${source.length} characters`, `at most ${longest}`, "Split the document.");
  const pieces: Piece[] = [];
  let start = 0;
  let startLine = 1;
  let line = 0;
  let fence: string | undefined;
  let comment = false;
  const cut = (offset: number, nextLine: number): void => {
    if (offset - start > longestPiece) {
      const hint = "Begin list items at the left margin, or give the document headings.";
      throw refused("block-too-long", `${path}:${startLine}`, `${offset - start} characters`, "shorter blocks", hint);
    }
    if (source.slice(start, offset).trim() !== "")
      pieces.push({ text: source.slice(start, offset), offset: start, line: startLine });
    start = offset;
    startLine = nextLine;
  };
  for (let at = 0; at < source.length; ) {
    line += 1;
    const newline = source.indexOf("\n", at);
    const end = newline < 0 ? source.length : newline + 1;
    if (end - at > longestLine) {
      const found = `a line of ${end - at} characters`;
      throw refused("line-too-long", `${path}:${line}`, found, `at most ${longestLine}`, "Break the line.");
    }
    const text = source.slice(at, end);
    if (fence !== undefined) {
      if (text.trim().startsWith(fence) && /^(`+|~+)$/.test(text.trim())) {
        fence = undefined;
        // What is inside the fence is dropped, not parsed.
        start = end;
        startLine = line + 1;
      }
    } else {
      refuseDepth(text, `${path}:${line}`);
      // Fences inside list items belong to the item and go to the parser with it.
      const opening = comment ? null : /^(`{3,}(?=[^`]*$)|~{3,})/.exec(text);
      if (opening !== null) {
        cut(at, line);
        fence = opening[1]!;
      } else {
        const isHeading = /^#{1,6}\s/.test(text);
        const isItem = /^(?:[-*+]|\d{1,9}[.)])\s+\S/.test(text);
        if (!comment && (isHeading || (isItem && at - start > wantedPiece))) cut(at, line);
        comment = endsInComment(text, comment);
      }
    }
    at = end;
  }
  if (fence === undefined) cut(source.length, line + 1);
  return pieces;
}

/** An HTML comment may hold anything, headings and lists included. */
function endsInComment(text: string, inside: boolean): boolean {
  const opened = text.lastIndexOf("<!--");
  const closed = text.lastIndexOf("-->");
  if (opened < 0 && closed < 0) return inside;
  return opened > closed;
}

function refuseDepth(text: string, at: string): void {
  const indent = /^[ \t]*/.exec(text)![0].length;
  const quotes = (/^(?:[ \t]*>)*/.exec(text)![0].match(/>/g) ?? []).length;
  const markers = (/^(?:[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+)*/.exec(text)![0].match(/[-*+.)]/g) ?? []).length;
  if (indent <= deepestIndent && quotes <= deepestQuote && markers <= deepestQuote) return;
  const found =
    indent > deepestIndent ? `${indent} columns of indent` : `${Math.max(quotes, markers)} levels on a line`;
  const expected = `at most ${deepestIndent} columns or ${deepestQuote} levels on a line`;
  throw refused("too-deep", at, found, expected, "Nest less deeply.");
}

function refused(code: string, at: string, found: string, expected: string, hint: string): Problem {
  return new Problem(`checklist.${code}`, "The document cannot be read as a checklist.", { at, found, expected, hint });
}
