import { readFileSync } from "node:fs";
import { basename } from "node:path";

const newline = 10;
const notesPerFile = 10;

/** What was wrong with one file, in words, and bounded however much is wrong. */
export class DamageNotes {
  private readonly notes: string[] = [];
  private further = 0;

  constructor(readonly file: string) {}

  add(line: number, text: string): void {
    if (this.notes.length < notesPerFile) this.notes.push(`${this.file}:${line}: ${text}`);
    else this.further += 1;
  }

  addFile(text: string): void {
    this.notes.push(`${this.file}: ${text}`);
  }

  get all(): readonly string[] {
    return this.further === 0 ? this.notes : [...this.notes, `${this.file}: ${this.further} more damaged lines.`];
  }
}

/**
 * Calls back for every whole line of an append-only file, with its place in the file's bytes.
 *
 * A last line without its newline was being written when the process died; it is left out and noted, also where its
 * beginning would parse. A file that cannot be read is a note too.
 */
export function forEachLine(
  path: string,
  each: (bytes: Buffer, from: number, to: number, line: number) => void,
): DamageNotes {
  const notes = new DamageNotes(basename(path));
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    notes.addFile(missing ? "the file is missing." : `cannot be read: ${String(error)}`);
    return notes;
  }
  let from = 0;
  let line = 1;
  while (from < bytes.length) {
    const to = bytes.indexOf(newline, from);
    if (to < 0) {
      notes.add(line, "the last line is cut off and left out.");
      break;
    }
    try {
      if (to > from) each(bytes, from, to, line);
    } catch (error) {
      notes.add(line, `${error instanceof Error ? error.message : String(error)} The line is left out.`);
    }
    from = to + 1;
    line += 1;
  }
  return notes;
}
