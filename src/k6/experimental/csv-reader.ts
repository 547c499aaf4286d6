import { misuse } from "../script-fail.js";

/**
 * Reads CSV text record by record (RFC 4180): quoted fields may hold delimiters, line breaks and doubled quotes.
 *
 * Empty lines are skipped, as k6 does.
 *
 * @param at for messages: the file
 * @throws {Problem} `k6.csv-invalid` with the line
 */
export function* readCsv(text: string, delimiter: string, at: string): Generator<string[]> {
  let position = text.startsWith("\uFEFF") ? 1 : 0;
  let line = 1;
  while (position < text.length) {
    const record: string[] = [];
    const firstLine = line;
    for (let more = true; more; ) {
      let field = "";
      if (text[position] === '"') {
        position += 1;
        for (;;) {
          const quote = text.indexOf('"', position);
          if (quote < 0) throw broken(at, firstLine, "a quoted field that never ends");
          field += text.slice(position, quote);
          position = quote + 1;
          if (text[position] !== '"') break;
          field += '"';
          position += 1;
        }
        line += field.split("\n").length - 1;
        if (position < text.length && text[position] !== delimiter && !/[\r\n]/.test(text[position]!)) {
          throw broken(at, line, "text after a closing quote");
        }
      } else {
        const end = endOfField(text, position, delimiter);
        field = text.slice(position, end);
        if (field.endsWith("\r") && text[end] === "\n") field = field.slice(0, -1);
        position = end;
      }
      record.push(field);
      more = text[position] === delimiter;
      if (more) position += 1;
    }
    if (text[position] === "\r") position += 1;
    if (text[position] === "\n") position += 1;
    line += 1;
    if (record.length > 1 || record[0] !== "") yield record;
  }
}

function endOfField(text: string, from: number, delimiter: string): number {
  let end = from;
  while (end < text.length && text[end] !== delimiter && text[end] !== "\n") end += 1;
  return end;
}

function broken(at: string, line: number, found: string) {
  return misuse("k6.csv-invalid", "This is no CSV.", {
    at: `${at}:${line}`,
    found,
    hint: "Double the quotes in a quoted field.",
  });
}
