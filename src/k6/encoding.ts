import { didYouMean } from "../model/nearest.js";
import type { Vu } from "../model/vu.js";
import { asModule } from "./as-module.js";
import { arrayBufferOf, type Base64Variant, base64Variants, bytesOf } from "./bytes.js";
import { misuse } from "./script-fail.js";

/** The module `k6/encoding`: Base64 in k6's four variants. */
export function encodingModule(_vu: Vu): object {
  return asModule({
    b64encode: (input: unknown, variant?: unknown): string =>
      base64Variants[variantOf(variant)](bytesOf(input, "The input of b64encode()")),

    /** @param format "s" for text; bytes otherwise */
    b64decode(input: unknown, variant?: unknown, format?: unknown): string | ArrayBuffer {
      const bytes = decode(String(input), variantOf(variant));
      return format === "s" ? bytes.toString("utf8") : arrayBufferOf(bytes);
    },
  });
}

const shapes: Readonly<Record<Base64Variant, RegExp>> = {
  std: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  rawstd: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3})?$/,
  url: /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}==|[A-Za-z0-9_-]{3}=)?$/,
  rawurl: /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2,3})?$/,
};

/** Strict, where Node's decoder takes whatever comes: a broken token must not pass for another one. */
function decode(input: string, variant: Base64Variant): Buffer {
  const text = input.replace(/[\r\n]/g, "");
  if (shapes[variant].test(text)) return Buffer.from(text, "base64");
  const others = (Object.keys(shapes) as Base64Variant[]).filter((other) => shapes[other].test(text));
  throw misuse("k6.base64-invalid", `This is no Base64 of the variant ${variant}.`, {
    found: text.length > 60 ? `${text.slice(0, 60)}…` : text,
    expected: variant.startsWith("raw") ? "no padding" : "padding with =",
    hint: others.length > 0 ? `It reads as ${others.join(" or ")}.` : "Look at the text: it has signs outside Base64.",
  });
}

function variantOf(value: unknown): Base64Variant {
  if (value === undefined || value === null || value === "") return "std";
  if (typeof value === "string" && Object.hasOwn(base64Variants, value)) return value as Base64Variant;
  const known = Object.keys(base64Variants);
  throw misuse("k6.base64-variant", "There is no such variant of Base64.", {
    found: value,
    expected: known.join(", "),
    hint: `Choose one of them.${didYouMean(String(value), known)}`,
  });
}
