import type { Vu } from "../../model/vu.js";
import { asModule } from "../as-module.js";
import { misuse } from "../script-fail.js";
import { settled } from "../settled.js";
import { readCsv } from "./csv-reader.js";
import { ScriptFile } from "./fs.js";

type Row = readonly string[] | Readonly<Record<string, string>>;

interface CsvOptions {
  readonly delimiter: string;
  /** From 0; the first record to give. */
  readonly fromLine: number;
  /** From 0; the last record to give. */
  readonly toLine: number;
  readonly asObjects: boolean;
}

/** The module `k6/experimental/csv`: whole files once for all VUs, or a parser that gives one record at a time. */
export function csvModule(vu: Vu): object {
  class Parser {
    readonly #rows: Generator<Row>;

    constructor(file: unknown, options?: unknown) {
      this.#rows = rows(checkedFile(file), readOptions(options));
    }

    async next(): Promise<{ done: boolean; value: Row | undefined }> {
      const { done, value } = this.#rows.next();
      return done === true ? { done: true, value: undefined } : { done: false, value: value as Row };
    }
  }

  function parse(given: unknown, givenOptions?: unknown): Promise<readonly Row[]> {
    if (vu.phase !== "init") {
      throw misuse("k6.csv-outside-init", "csv.parse() can be called only while the script is being loaded.", {
        hint: "Call it at the top of the script, or use csv.Parser.",
      });
    }
    const file = checkedFile(given);
    const options = readOptions(givenOptions);
    const key = `k6/experimental/csv:${JSON.stringify([file.path, options])}`;
    let parsed = vu.shared.get(key) as readonly Row[] | undefined;
    if (parsed === undefined) {
      parsed = Object.freeze([...rows(file, options)].map((row) => Object.freeze(row)));
      vu.shared.set(key, parsed);
    }
    return settled(parsed);
  }

  return asModule({ parse, Parser });
}

function* rows(file: ScriptFile, options: CsvOptions): Generator<Row> {
  const { delimiter, fromLine, toLine, asObjects } = options;
  let header: string[] | undefined;
  let number = 0;
  for (const record of readCsv(Buffer.from(file.content).toString("utf8"), delimiter, file.path)) {
    if (number > toLine) return;
    if (asObjects && header === undefined) header = record;
    else if (number >= fromLine) yield header === undefined ? record : named(header, record, file.path, number);
    number += 1;
  }
}

function named(header: readonly string[], record: readonly string[], path: string, number: number) {
  if (record.length === header.length) return Object.fromEntries(header.map((name, index) => [name, record[index]!]));
  throw misuse("k6.csv-invalid", "A record has not as many fields as the header.", {
    at: `${path}, record ${number + 1}`,
    found: record.length,
    expected: String(header.length),
  });
}

function checkedFile(file: unknown): ScriptFile {
  if (file instanceof ScriptFile) return file;
  throw misuse("k6.csv-file", "CSV is read from a file of k6/experimental/fs.", {
    found: typeof file,
    hint: 'Write it like csv.parse(await fs.open("users.csv")).',
  });
}

function readOptions(given: unknown): CsvOptions {
  const options = (typeof given === "object" && given !== null ? given : {}) as Readonly<Record<string, unknown>>;
  const delimiter = options.delimiter ?? ",";
  if (typeof delimiter !== "string" || delimiter.length !== 1 || /["\r\n]/.test(delimiter)) {
    throw invalid("delimiter", delimiter, "one character");
  }
  const asObjects = options.asObjects === true;
  const skipFirstLine = options.skipFirstLine === true;
  const fromLine = lineNumber("fromLine", options.fromLine, 0);
  const toLine = lineNumber("toLine", options.toLine, Number.MAX_SAFE_INTEGER);
  if (toLine < fromLine) throw invalid("toLine", toLine, `at least fromLine, ${fromLine}`);
  if (asObjects && (skipFirstLine || fromLine > 0)) {
    throw invalid("asObjects", "together with skipFirstLine or fromLine", "the first line, for it names the fields");
  }
  return { delimiter, fromLine: skipFirstLine ? Math.max(1, fromLine) : fromLine, toLine, asObjects };
}

function lineNumber(name: string, given: unknown, otherwise: number): number {
  if (given === undefined || given === null) return otherwise;
  if (Number.isInteger(given) && Number(given) >= 0) return Number(given);
  throw invalid(name, given, "a whole number from 0");
}

function invalid(name: string, found: unknown, expected: string) {
  return misuse("k6.csv-options", `The CSV option ${name} is not what it should be.`, { at: name, found, expected });
}
