import { randomBytes } from "node:crypto";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { Problem } from "../../model/problem.js";
import { fieldText, formText } from "../form-text.js";

/** A part of a multipart body that is a file: what `http.file` returns. */
export class FileData {
  constructor(
    readonly data: string | ArrayBuffer | Uint8Array,
    readonly filename: string,
    readonly content_type: string,
  ) {}
}

export function file(data: string | ArrayBuffer | Uint8Array, filename?: string, contentType?: string): FileData {
  return new FileData(data, filename ?? `${Date.now()}`, contentType ?? "application/octet-stream");
}

/** A body ready to send, and the Content-Type that its form implies. */
export interface EncodedBody {
  readonly bytes: string | Uint8Array | null;
  readonly contentType: string | undefined;
}

const noBody: EncodedBody = { bytes: null, contentType: undefined };

/**
 * The body of a request from what a script may pass: text, bytes, or an object of form fields.
 *
 * @throws {Problem} `http.body-invalid`
 */
export function encodeBody(given: unknown): EncodedBody {
  if (given === null || given === undefined) return noBody;
  if (typeof given === "string") return { bytes: given, contentType: undefined };
  const bytes = asBytes(given);
  if (bytes !== undefined) return { bytes, contentType: undefined };
  if (typeof given !== "object") {
    throw new Problem("http.body-invalid", "The request's body is of a type that cannot be sent.", {
      found: typeof given,
      expected: "a string, an ArrayBuffer, a typed array, or an object of form fields",
      hint: "Turn it into text, for example with JSON.stringify.",
    });
  }
  if (given instanceof FileData) return { bytes: fileBytes(given), contentType: given.content_type };
  const fields = Object.entries(given);
  return fields.some(([, value]) => value instanceof FileData) ? multipart(fields) : urlencoded(fields);
}

function asBytes(given: unknown): Uint8Array | undefined {
  if (given instanceof ArrayBuffer) return new Uint8Array(given);
  if (ArrayBuffer.isView(given)) return new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  return undefined;
}

function urlencoded(fields: readonly (readonly [string, unknown])[]): EncodedBody {
  return { bytes: formText(fields), contentType: "application/x-www-form-urlencoded" };
}

function multipart(fields: readonly (readonly [string, unknown])[]): EncodedBody {
  const boundary = `loadline-${randomBytes(16).toString("hex")}`;
  const parts: Buffer[] = [];
  for (const [name, value] of fields) {
    let head = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"`;
    if (value instanceof FileData) {
      head += `; filename="${quoted(value.filename)}"\r\nContent-Type: ${value.content_type.replace(/[\r\n]/g, "")}`;
      parts.push(Buffer.from(`${head}\r\n\r\n`), fileBytes(value));
    } else {
      parts.push(Buffer.from(`${head}\r\n\r\n${fieldText(value)}`));
    }
    parts.push(Buffer.from("\r\n"));
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`));
  return { bytes: Buffer.concat(parts), contentType: `multipart/form-data; boundary=${boundary}` };
}

function fileBytes(part: FileData): Buffer {
  return typeof part.data === "string" ? Buffer.from(part.data) : Buffer.from(asBytes(part.data) ?? []);
}

/** As browsers write names in Content-Disposition. */
function quoted(text: string): string {
  return text.replace(/"/g, "%22").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
}

/**
 * Compresses a body by each algorithm in turn.
 *
 * @param compression such as "gzip" or "deflate, br"
 * @returns the bytes and the Content-Encoding that says so
 * @throws {Problem} `http.compression-unknown`
 */
export function compressBody(bytes: string | Uint8Array, compression: string): { bytes: Buffer; encoding: string } {
  let compressed: Buffer = typeof bytes === "string" ? Buffer.from(bytes) : Buffer.from(bytes);
  const names = compression.split(",").map((name) => name.trim());
  for (const name of names) {
    if (name === "gzip") compressed = gzipSync(compressed);
    else if (name === "deflate") compressed = deflateSync(compressed);
    else if (name === "br") compressed = brotliCompressSync(compressed);
    else {
      throw new Problem("http.compression-unknown", `"${name}" is no compression that can be sent.`, {
        at: "params.compression",
        found: compression,
        expected: "gzip, deflate or br, or several with commas",
      });
    }
  }
  return { bytes: compressed, encoding: names.join(", ") };
}
