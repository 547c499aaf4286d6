import { misuse } from "./script-fail.js";

/**
 * The bytes of what a script passes where k6 takes `string | ArrayBuffer`; text is UTF-8.
 *
 * @param what the parameter, for the message
 */
export function bytesOf(value: unknown, what: string): Buffer {
  if (typeof value === "string") return Buffer.from(value, "utf8");
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  throw misuse("k6.not-bytes", `${what} is neither text nor bytes.`, {
    found: value === null ? "null" : typeof value,
    expected: "a string or an ArrayBuffer",
  });
}

/** A copy as the ArrayBuffer that scripts get. */
export function arrayBufferOf(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(copy).set(bytes);
  return copy;
}

/** Base64 in Go's four variants, which k6 names: std and url are padded, rawstd and rawurl are not. */
export const base64Variants = {
  std: (bytes: Buffer): string => bytes.toString("base64"),
  rawstd: (bytes: Buffer): string => bytes.toString("base64").replaceAll("=", ""),
  url: (bytes: Buffer): string => bytes.toString("base64").replaceAll("+", "-").replaceAll("/", "_"),
  rawurl: (bytes: Buffer): string => bytes.toString("base64url"),
} as const;

export type Base64Variant = keyof typeof base64Variants;
