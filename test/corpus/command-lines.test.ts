import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { CommandLine } from "./command-lines.js";

// What runs the corpus must notice what a process of its own would make of a command.

const folder = mkdtempSync(join(tmpdir(), "loadline-lines-"));
const main = join(folder, "main.mjs");
writeFileSync(
  main,
  `const ways = {
    async fine() { console.log("out", process.env.MARK, process.cwd()); console.error("err"); return 7; },
    async late() { setImmediate(() => { throw new Error("too late"); }); return 0; },
    async open() { setInterval(() => {}, 1000); return 0; },
    async dies() { process.exit(3); },
    async dieslater() { setTimeout(() => process.exit(3), 30).unref(); return 0; },
  };
  export const main = (argv) => ways[argv[2]]();`,
);
const line = new CommandLine(main);
afterAll(() => {
  line.stop();
  rmSync(folder, { recursive: true, force: true });
});
const run = (way: string) => line.run([way], folder, { MARK: "own" });

test("a command has its code, its output, its folder and its environment, one after the other", async () => {
  const expected = { exit: 7, stdout: `out own ${folder}\n`, stderr: "err\n" };
  expect(await run("fine")).toEqual(expected);
  expect(await run("fine")).toEqual(expected);
});

test.each(["late", "dies"])("one that ends badly (%s) has no code, and the next one is not touched", async (way) => {
  expect((await run(way)).exit).toBeNull();
  expect((await run("fine")).exit).toBe(7);
});

test("one whose process dies afterwards costs the next one nothing", async () => {
  expect((await run("dieslater")).exit).toBe(0);
  await new Promise((done) => setTimeout(done, 200));
  expect((await run("fine")).exit).toBe(7);
});

test("one that leaves something open has no code, and says what", async () => {
  expect(await run("open")).toMatchObject({ exit: null, stderr: expect.stringContaining("left open: Timeout x1") });
}, 20_000);
