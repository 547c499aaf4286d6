import { ReadableStream } from "node:stream/web";
import { arrayBufferOf, bytesOf } from "../bytes.js";

/** Bytes with a type, as browsers have them; k6 gives them to scripts for binary messages. */
export class Blob {
  readonly type: string;
  readonly #bytes: Buffer;

  constructor(parts: readonly unknown[] = [], options: { readonly type?: unknown } | null = null) {
    this.type = options?.type === undefined ? "" : String(options.type);
    this.#bytes = Buffer.concat(
      parts.map((part) => (part instanceof Blob ? part.#bytes : bytesOf(part, "A part of a Blob"))),
    );
  }

  get size(): number {
    return this.#bytes.length;
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return arrayBufferOf(this.#bytes);
  }

  async bytes(): Promise<Uint8Array> {
    return new Uint8Array(arrayBufferOf(this.#bytes));
  }

  async text(): Promise<string> {
    return this.#bytes.toString("utf8");
  }

  slice(start?: number, end?: number, type = ""): Blob {
    return new Blob([this.#bytes.subarray(start, end)], { type });
  }

  stream(): ReadableStream {
    const bytes = new Uint8Array(arrayBufferOf(this.#bytes));
    return new ReadableStream({
      start(controller) {
        if (bytes.length > 0) controller.enqueue(bytes);
        controller.close();
      },
    });
  }

  /** @internal Without a copy. */
  get content(): Uint8Array {
    return this.#bytes;
  }
}
