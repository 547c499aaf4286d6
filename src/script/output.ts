import { encode, type SourceMapMappings } from "@jridgewell/sourcemap-codec";
import { decodedMappings, type TraceMap } from "@jridgewell/trace-mapping";

/** Text of our own, or a stretch of the source that is taken over as it stands. */
export type Piece = string | { readonly start: number; readonly end: number };

interface SourceSegment {
  readonly offset: number;
  readonly source: number;
  readonly line: number;
  readonly column: number;
}

function segmentsByOffset(source: string, map: TraceMap): SourceSegment[] {
  const lineStarts = [0];
  for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return decodedMappings(map).flatMap((segments, line) =>
    segments.flatMap((s) =>
      s.length === 1 ? [] : [{ offset: lineStarts[line]! + s[0], source: s[1], line: s[2], column: s[3] }],
    ),
  );
}

/** Joins pieces and carries the source's own map over to the joined text. */
export function joinPieces(
  pieces: readonly Piece[],
  source: string,
  map: TraceMap,
): { readonly code: string; readonly mappings: string } {
  const segments = segmentsByOffset(source, map);
  const firstAt = (offset: number): number => {
    let low = 0;
    let high = segments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (segments[middle]!.offset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const lines: SourceMapMappings = [[]];
  let code = "";
  let column = 0;
  const append = (text: string): void => {
    code += text;
    const last = text.lastIndexOf("\n");
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines.push([]);
    column = last < 0 ? column + text.length : text.length - last - 1;
  };
  /** Maps what follows to where the source stands at an offset. */
  const mark = (offset: number): void => {
    const next = segments[firstAt(offset)];
    const found = next?.offset === offset ? next : segments[firstAt(offset) - 1];
    if (found !== undefined) lines.at(-1)!.push([column, found.source, found.line, found.column]);
  };
  for (const [i, piece] of pieces.entries()) {
    if (typeof piece === "string") {
      // Inserted calls show up in stacks as well: they stand where the source goes on.
      const following = pieces[i + 1];
      if (typeof following === "object") mark(following.start);
      append(piece);
      continue;
    }
    let at = piece.start;
    let next = firstAt(piece.start);
    if (segments[next]?.offset !== at) mark(at);
    for (let s = segments[next]; s !== undefined && s.offset < piece.end; s = segments[++next]) {
      append(source.slice(at, s.offset));
      lines.at(-1)!.push([column, s.source, s.line, s.column]);
      at = s.offset;
    }
    append(source.slice(at, piece.end));
  }
  return { code, mappings: encode(lines) };
}
