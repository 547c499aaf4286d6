import { expect, test } from "vitest";
import { requireK6Module } from "../../src/k6/modules.js";
import { loadScript } from "../../src/script/instance.js";
import { makeFakeVu } from "../k6/fake-vu.js";
import { compile } from "./twins.js";

async function load(source: string): Promise<Record<string, unknown>> {
  const vu = makeFakeVu({ phase: "init", files: { "u.csv": "name\nAnn\n" } });
  const script = await compile(source);
  return loadScript(script).newInstance({ requireModule: (id) => requireK6Module(vu, id), globals: {} }).exports;
}

test("the top level may await what is there already: files, tables, plain values", async () => {
  const exports = await load(`
    import { open } from "k6/experimental/fs";
    import csv from "k6/experimental/csv";
    const file = await open("u.csv");
    export const rows = await csv.parse(file, { asObjects: true });
    export const nested = { name: (await csv.parse(await open("u.csv")))[1][0], plain: await 5 };
    export const later = async () => await Promise.resolve(7);
    export default () => rows;`);
  expect(exports.rows).toEqual([{ name: "Ann" }]);
  expect(exports.nested).toEqual({ name: "Ann", plain: 5 });
  expect(await (exports.later as () => Promise<number>)()).toBe(7);
});

test("any other promise is refused with its line", async () => {
  await expect(load("export const a = 1;\nexport const b = await Promise.resolve(2);")).rejects.toMatchObject({
    code: "script.cannot-suspend",
    at: "script.js:2:18",
    hint: "Move it into setup() or the default function.",
  });
});
