import { basename } from "node:path";
import type { Vu } from "../../model/vu.js";
import { asModule } from "../as-module.js";
import { misuse } from "../script-fail.js";
import { settled } from "../settled.js";

const seekModes = { Start: 0, Current: 1, End: 2 } as const;

/** A file of the init phase; its bytes are in memory once for all VUs, its position is the VU's own. */
export class ScriptFile {
  readonly path: string;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(path: string, bytes: Uint8Array) {
    this.path = path;
    this.#bytes = bytes;
  }

  /** @returns how many bytes were read into the buffer; null at the end of the file */
  async read(into: unknown): Promise<number | null> {
    if (!(into instanceof Uint8Array)) {
      throw misuse("k6.fs-buffer", "File.read() needs a Uint8Array to read into.", { found: typeof into });
    }
    if (into.length === 0) return 0;
    if (this.#at >= this.#bytes.length) return null;
    const part = this.#bytes.subarray(this.#at, this.#at + into.length);
    into.set(part);
    this.#at += part.length;
    return part.length;
  }

  /** @returns the new position from the start, bytes */
  async seek(offset: unknown, whence: unknown): Promise<number> {
    const from = { 0: 0, 1: this.#at, 2: this.#bytes.length }[Number(whence) as 0 | 1 | 2];
    const target = from === undefined || !Number.isInteger(offset) ? Number.NaN : from + Number(offset);
    if (!(target >= 0 && target <= this.#bytes.length)) {
      throw misuse("k6.fs-seek", "There is no such place in the file.", {
        at: this.path,
        found: `offset ${String(offset)}, whence ${String(whence)}`,
        expected: `a whole number that leads to 0-${this.#bytes.length}, and a SeekMode`,
      });
    }
    this.#at = target;
    return target;
  }

  async stat(): Promise<{ readonly name: string; readonly size: number }> {
    return { name: basename(this.path), size: this.#bytes.length };
  }

  /** @internal Everything, wherever the position is. */
  get content(): Uint8Array {
    return this.#bytes;
  }
}

/** The module `k6/experimental/fs`. */
export function fsModule(vu: Vu): object {
  function open(path: unknown): Promise<ScriptFile> {
    if (vu.phase !== "init") {
      throw misuse("k6.open-outside-init", "fs.open() can be called only while the script is being loaded.", {
        at: String(path),
        found: `called during ${vu.phase}`,
        hint: "Open files at the top of the script, outside its functions.",
      });
    }
    if (typeof path !== "string" || path === "") {
      throw misuse("k6.open-path", "fs.open() needs the path of a file.", { found: path });
    }
    return settled(new ScriptFile(path, vu.readFile(path)));
  }
  return asModule({ open, SeekMode: { ...seekModes } });
}
