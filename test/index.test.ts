import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as library from "../src/index.js";

const page = readFileSync(join(import.meta.dirname, "../docs/library.md"), "utf8");

/** The page's code as one program, with what each `console.log` is said to print. */
function program(): { code: string; said: string[] } {
  const blocks = [...page.matchAll(/```js\n([\s\S]*?)```/g)].map((match) => match[1]!);
  const code = blocks.join("\n").replace(/^import (\{.*\}) from "loadline";$/m, "const $1 = library;");
  return { code, said: [...code.matchAll(/^console\.log\(.*\); \/\/ (.+)$/gm)].map((match) => match[1]!) };
}

test("every line of the library's page prints what the page says", () => {
  const { code, said } = program();
  expect(said.length).toBeGreaterThanOrEqual(4);
  const printed: string[] = [];
  const console = { log: (...words: unknown[]) => printed.push(words.join(" ")) };
  new Function("library", "console", code)(library, console);
  expect(printed).toEqual(said);
});
