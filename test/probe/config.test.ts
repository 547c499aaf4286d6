import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfig } from "../../src/harness/config.js";
import { Problem } from "../../src/model/problem.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "loadline-config-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function problemOf(source: string): Promise<Problem> {
  const path = join(folder, "loadline.config.ts");
  writeFileSync(path, source);
  const error = await loadConfig(path).catch((thrown: unknown) => thrown);
  if (!(error instanceof Problem)) throw new Error(`no Problem but ${String(error)}`);
  return error;
}

test("a folder without a config has none", async () => {
  expect(await loadConfig(undefined, folder)).toBeUndefined();
});

test("a config in TypeScript is found, with its local imports and its own place", async () => {
  writeFileSync(join(folder, "place.ts"), "export const port: number = 8080;");
  writeFileSync(
    join(folder, "loadline.config.ts"),
    `import { defineConfig } from "loadline"; import { port } from "./place"; import { basename } from "node:path";
     export default defineConfig({ baseUrl: \`http://127.0.0.1:\${port}\`, env: { HERE: basename(import.meta.dirname) } });`,
  );
  const loaded = await loadConfig(undefined, folder);
  expect(loaded?.config).toMatchObject({ baseUrl: "http://127.0.0.1:8080", env: { HERE: folder.split("/").at(-1) } });
  expect(loaded?.folder).toBe(folder);
});

test("the same config is read anew under another environment", async () => {
  const path = join(folder, "loadline.config.ts");
  writeFileSync(path, "export default { baseUrl: process.env.LOADLINE_TEST_URL };");
  process.env.LOADLINE_TEST_URL = "http://a";
  const first = await loadConfig(path);
  process.env.LOADLINE_TEST_URL = "http://b";
  const second = await loadConfig(path);
  delete process.env.LOADLINE_TEST_URL;
  expect([first?.config.baseUrl, second?.config.baseUrl]).toEqual(["http://a", "http://b"]);
});

test.each([
  ["a syntax error", "export default {", "config.syntax", /loadline\.config\.ts:1:\d+/],
  ["an exception", 'throw new Error("boom")', "config.failed", /loadline\.config\.ts/],
  ["no default export", "export const x = 1;", "config.no-default", /loadline\.config\.ts/],
  ["a value of another type", "export default { baseUrl: 5 }", "config.invalid", /: baseUrl$/],
  ["an unknown key", "export default { baseURL: '' }", "config.invalid", /loadline\.config\.ts$/],
])("%s is a Problem with its place", async (_name, source, code, place) => {
  const problem = await problemOf(source);
  expect(problem.code).toBe(code);
  expect(problem.at).toMatch(place);
});

test("a mistyped key is told with the one that was meant", async () => {
  expect((await problemOf("export default { baseURI: '' }")).hint).toContain('Did you mean "baseUrl"?');
});
