/** The signs that Windows-1252 has between 0x80 and 0x9f, by code point. */
const windows1252: ReadonlyMap<number, number> = new Map(
  [..."€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"].map((sign, i) => [sign.codePointAt(0)!, 0x80 + i]),
);

const strict = new TextDecoder("utf-8", { fatal: true });

// A first byte of UTF-8 and its followers, each read as a sign of its own.
const suspicious = /[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u2122]{1,3}/g;

/**
 * Undoes UTF-8 that was once read as Windows-1252: "âœ…" becomes "✅" again.
 *
 * Only sequences that are whole UTF-8 are touched; anything else stays as it is.
 */
export function repairBrokenText(text: string): string {
  return text.replace(suspicious, (found) => {
    // The longest beginning that decodes: what follows may be an ordinary sign.
    for (let length = found.length; length > 1; length -= 1) {
      const decoded = decode(found.slice(0, length));
      if (decoded !== undefined) return decoded + found.slice(length);
    }
    return found;
  });
}

function decode(text: string): string | undefined {
  const bytes: number[] = [];
  for (const sign of text) {
    const code = sign.codePointAt(0)!;
    const byte = windows1252.get(code) ?? (code <= 0xff ? code : undefined);
    if (byte === undefined) return undefined;
    bytes.push(byte);
  }
  try {
    const decoded = strict.decode(Uint8Array.from(bytes));
    return [...decoded].length === 1 ? decoded : undefined;
  } catch {
    return undefined;
  }
}
