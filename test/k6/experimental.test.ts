import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCsv } from "../../src/k6/experimental/csv-reader.js";
import type { ScriptFile } from "../../src/k6/experimental/fs.js";
import { requireK6Module } from "../../src/k6/modules.js";
import { settledValue } from "../../src/k6/settled.js";
import { type FakeVu, makeFakeVu } from "./fake-vu.js";

interface Fs {
  open(path: string): Promise<ScriptFile>;
  SeekMode: { Start: number; Current: number; End: number };
}
interface Csv {
  parse(file: unknown, options?: object): Promise<unknown[]>;
  Parser: new (file: unknown, options?: object) => { next(): Promise<{ done: boolean; value: unknown }> };
}
const csvText = 'name,age\nJohn,30\n"Doe, ""J""\nJr.",25\n\nEve,41\r\n';
function start(files: Record<string, string> = { "a.txt": "0123456789", "u.csv": csvText }) {
  const vu: FakeVu = makeFakeVu({ phase: "init", files });
  const fs = requireK6Module(vu, "k6/experimental/fs") as Fs;
  const csv = requireK6Module(vu, "k6/experimental/csv") as Csv;
  return { vu, fs, csv };
}
const coded = (code: string) => expect.objectContaining({ code });

describe("k6/experimental/fs", () => {
  test("reads, seeks and tells the size", async () => {
    const { fs } = start();
    const file = await fs.open("a.txt");
    const buffer = new Uint8Array(4);
    const text = (count: number) => Buffer.from(buffer.subarray(0, count)).toString();
    expect(await file.stat()).toEqual({ name: "a.txt", size: 10 });
    expect([await file.read(buffer), text(4)]).toEqual([4, "0123"]);
    expect(await file.seek(-2, fs.SeekMode.End)).toBe(8);
    expect([await file.read(buffer), text(2)]).toEqual([2, "89"]);
    expect(await file.read(buffer)).toBeNull();
    expect(await file.seek(1, fs.SeekMode.Start)).toBe(1);
    expect(await file.seek(2, fs.SeekMode.Current)).toBe(3);
    await expect(file.seek(-1, fs.SeekMode.Start)).rejects.toMatchObject({ code: "k6.fs-seek" });
    await expect(file.seek(0, 7)).rejects.toMatchObject({ code: "k6.fs-seek" });
    await expect(file.read("x")).rejects.toMatchObject({ code: "k6.fs-buffer" });
  });

  test("opens in the init phase only, and answers at once there", () => {
    const { vu, fs } = start();
    expect(settledValue(fs.open("a.txt"))).toBeDefined();
    expect(settledValue(Promise.resolve(1))).toBeUndefined();
    expect(() => fs.open("missing")).toThrow(coded("script.no-such-file"));
    vu.phase = "iteration";
    expect(() => fs.open("a.txt")).toThrow(coded("k6.open-outside-init"));
  });
});

describe("k6/experimental/csv", () => {
  test.each([
    [
      "all records",
      {},
      [
        ["name", "age"],
        ["John", "30"],
        ['Doe, "J"\nJr.', "25"],
        ["Eve", "41"],
      ],
    ],
    ["without the first", { skipFirstLine: true, toLine: 1 }, [["John", "30"]]],
    [
      "a part",
      { fromLine: 1, toLine: 2 },
      [
        ["John", "30"],
        ['Doe, "J"\nJr.', "25"],
      ],
    ],
    ["objects", { asObjects: true, toLine: 1 }, [{ name: "John", age: "30" }]],
    ["another delimiter", { delimiter: ";", toLine: 0 }, [["name,age"]]],
  ])("gives %s", async (_name, options, expected) => {
    const { fs, csv } = start();
    const file = await fs.open("u.csv");
    if ("delimiter" in options) {
      const parser = new csv.Parser(file, options);
      expect((await parser.next()).value).toEqual(expected[0]);
      return;
    }
    expect(await csv.parse(file, options)).toEqual(expected);
  });

  test("is parsed once for all VUs and cannot be changed", async () => {
    const { vu, fs, csv } = start();
    const file = await fs.open("u.csv");
    const rows = await csv.parse(file);
    const other = makeFakeVu({ phase: "init", files: vu.files, shared: vu.shared });
    expect(await (requireK6Module(other, "k6/experimental/csv") as Csv).parse(file)).toBe(rows);
    expect(() => rows.push([])).toThrow(TypeError);
  });

  test("a parser gives one record at a time", async () => {
    const { fs, csv } = start();
    const parser = new csv.Parser(await fs.open("u.csv"), { asObjects: true });
    expect(await parser.next()).toEqual({ done: false, value: { name: "John", age: "30" } });
    await parser.next();
    await parser.next();
    expect(await parser.next()).toEqual({ done: true, value: undefined });
  });

  test("reads whatever was written by the rules", () => {
    const field = fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", "\r", " ", "é") });
    const quoted = (text: string): string =>
      /[,"\r\n]/.test(text) || text === "" ? `"${text.replaceAll('"', '""')}"` : text;
    fc.assert(
      fc.property(fc.array(fc.array(field, { minLength: 2, maxLength: 4 })), (rows) => {
        const text = rows.map((row) => row.map(quoted).join(",")).join("\n");
        expect([...readCsv(text, ",", "x")]).toEqual(rows);
      }),
    );
  });

  test("what is wrong is told with its line", async () => {
    const { fs, csv } = start({ "open.csv": 'a,b\n"x,y\n', "after.csv": 'a\n"x"y\n', "short.csv": "a,b\n1\n" });
    const parsing = async (path: string, options = {}) => csv.parse(await fs.open(path), options);
    await expect(parsing("open.csv")).rejects.toMatchObject({ code: "k6.csv-invalid", at: "open.csv:2" });
    await expect(parsing("after.csv")).rejects.toMatchObject({ code: "k6.csv-invalid", at: "after.csv:2" });
    await expect(parsing("short.csv", { asObjects: true })).rejects.toMatchObject({ code: "k6.csv-invalid" });
    for (const options of [
      { delimiter: ",," },
      { fromLine: -1 },
      { fromLine: 2, toLine: 1 },
      { asObjects: true, skipFirstLine: true },
    ]) {
      await expect(parsing("short.csv", options)).rejects.toMatchObject({ code: "k6.csv-options" });
    }
    expect(() => csv.parse("text")).toThrow(coded("k6.csv-file"));
  });
});

test("k6/experimental/streams reads what a source enqueues", async () => {
  const { ReadableStream } = requireK6Module(makeFakeVu(), "k6/experimental/streams") as {
    ReadableStream: typeof globalThis.ReadableStream;
  };
  let next = 0;
  const stream = new ReadableStream({
    pull(controller) {
      next += 1;
      if (next > 2) controller.close();
      else controller.enqueue(next);
    },
  });
  const reader = stream.getReader();
  expect([await reader.read(), await reader.read(), await reader.read()].map(({ value }) => value)).toEqual([
    1,
    2,
    undefined,
  ]);
});
