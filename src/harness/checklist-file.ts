import { readFileSync, statSync } from "node:fs";
import { sha256 } from "../checklist/ledger.js";
import { readChecklist } from "../checklist/read.js";
import type { Checklist } from "../model/checklist.js";
import { Problem } from "../model/problem.js";

/** More bytes than the longest document can have. */
const mostBytes = 64 * 1024 * 1024;

export interface ReadFile {
  readonly path: string;
  /** Without a byte order mark. */
  readonly source: string;
  readonly sha256: string;
  /** Whether the text, written back, would give the same bytes. */
  readonly isWritable: boolean;
  readonly checklist: Checklist;
}

/** A checklist from a file. @throws {Problem} `checklist.unreadable`, or as {@link readChecklist} */
export function readChecklistFile(path: string): ReadFile {
  let bytes: Buffer;
  try {
    const { size } = statSync(path);
    if (size > mostBytes) throw new Error(`${size} bytes are no checklist`);
    bytes = readFileSync(path);
  } catch (cause) {
    throw new Problem("checklist.unreadable", "The checklist cannot be read.", {
      at: path,
      found: cause instanceof Error ? cause.message : String(cause),
      expected: "a Markdown file",
      hint: "Check the path; ready checklists lie in checklists/.",
      cause,
    });
  }
  const isWide = bytes[0] === 0xff && bytes[1] === 0xfe;
  const source = isWide ? new TextDecoder("utf-16le").decode(bytes) : new TextDecoder("utf-8").decode(bytes);
  const isWritable = Buffer.from(source).equals(bytes);
  return { path, source, sha256: sha256(bytes), isWritable, checklist: readChecklist(source, path) };
}

/** @throws {Problem} `checklist.not-utf8` where writing it back would change more than the boxes */
export function refuseUnwritable(file: ReadFile): void {
  if (file.isWritable) return;
  throw new Problem("checklist.not-utf8", "The checklist cannot be written back as it is.", {
    at: file.path,
    found: "bytes that are not UTF-8, or a byte order mark",
    expected: "UTF-8 without a mark",
    hint: "Save the file as UTF-8, or leave --write out and take the ticked copy.",
  });
}
