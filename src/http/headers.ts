/** Header names and values; a name may appear several times in a response, so values are lists there. */
export type Headers = Readonly<Record<string, string>>;

const canonicalNames = new Map<string, string>();
const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not pass
const forbiddenInValue = /[\x00-\x08\x0a-\x1f\x7f]/;

/** "content-type" -> "Content-Type", as Go and k6 write header names. */
export function canonicalName(name: string): string {
  const known = canonicalNames.get(name);
  if (known !== undefined) return known;
  const canonical = tokenPattern.test(name)
    ? name.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())
    : name;
  if (canonicalNames.size < 2000) canonicalNames.set(name, canonical);
  return canonical;
}

/** Whether a name and its value may be sent without breaking the message apart (request smuggling). */
export function isSendable(name: string, value: string): boolean {
  return tokenPattern.test(name) && !forbiddenInValue.test(value);
}

/** Header text as UTF-8 bytes, one character a byte, because heads are written as latin1. */
export function asBytes(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

/** Every name, canonical, with its values in order of appearance. */
export function parseHeaders(head: string): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  let last: string[] | undefined;
  let at = head.indexOf("\n") + 1;
  while (at > 0 && at < head.length) {
    let end = head.indexOf("\n", at);
    if (end < 0) end = head.length;
    const line = head.slice(at, end);
    at = end + 1;
    const colon = line.indexOf(":");
    if (last !== undefined && (line.startsWith(" ") || line.startsWith("\t"))) {
      // A folded line continues the value before it.
      if (line.trim() !== "") last[last.length - 1] = `${last.at(-1)} ${fromBytes(line.trim())}`;
    } else if (colon > 0) {
      const name = canonicalName(line.slice(0, colon));
      last = headers.get(name);
      if (last === undefined) {
        last = [];
        headers.set(name, last);
      }
      last.push(fromBytes(line.slice(colon + 1).trim()));
    }
  }
  return headers;
}

function fromBytes(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, "latin1").toString("utf8");
}

function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole ASCII range
  return !/[^\x00-\x7f]/.test(text);
}
