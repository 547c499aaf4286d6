import * as zlib from "node:zlib";

type Decoder = (body: Buffer, options: { maxOutputLength: number }) => Buffer;

// zstd came with Node 22.15; types of Node 20 do not know it.
const zstdDecompress = (zlib as unknown as { zstdDecompressSync?: Decoder }).zstdDecompressSync;

const decoders: Readonly<Record<string, Decoder | undefined>> = {
  gzip: zlib.gunzipSync,
  "x-gzip": zlib.gunzipSync,
  deflate: inflateEither,
  br: zlib.brotliDecompressSync,
  ...(zstdDecompress === undefined ? {} : { zstd: zstdDecompress }),
};

/** Thrown where a body cannot be decoded; the message says why. */
export class DecodeError extends Error {}

/**
 * Undoes a response's Content-Encoding: gzip, deflate, br, and zstd where this Node has it.
 *
 * Unknown encodings pass through, since the script may know them. Several are undone from last to first.
 *
 * @param encoding lower case, such as "gzip" or "deflate, br"
 * @param maxBytes more decoded bytes than this are an attack or a mistake
 * @throws {DecodeError} corrupt or oversized body
 */
export function decodeBody(body: Buffer, encoding: string, maxBytes: number): Buffer {
  let decoded = body;
  for (const name of encoding.split(",").reverse()) {
    const decode = decoders[name.trim()];
    if (decode === undefined) return decoded;
    try {
      decoded = decode(decoded, { maxOutputLength: maxBytes });
    } catch (cause) {
      const tooLong = (cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
      throw new DecodeError(
        tooLong
          ? `the response's body decodes to more than ${maxBytes} bytes`
          : `the response's body is not valid ${name.trim()}: ${(cause as Error).message}`,
      );
    }
  }
  return decoded;
}

/** "deflate" means zlib's format, but many servers send the bare stream. */
function inflateEither(body: Buffer, options: { maxOutputLength: number }): Buffer {
  const isZlib = body.length >= 2 && (body[0]! & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0;
  return isZlib ? zlib.inflateSync(body, options) : zlib.inflateRawSync(body, options);
}
