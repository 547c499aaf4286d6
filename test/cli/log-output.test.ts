import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type LogFlags, openLogOutput } from "../../src/cli/log-output.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "loadline-logs-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes one line of each kind. @returns which of them were left to the terminal */
function written(flags: LogFlags, warnings: string[] = []): boolean[] {
  const logs = openLogOutput(flags, (text) => warnings.push(text));
  const left = [
    logs.take({ level: "debug", text: "detail", ofConsole: true }),
    logs.take({ level: "info", text: "said", ofConsole: true }),
    logs.take({ level: "error", text: "broken" }),
  ].map((taken) => !taken);
  logs.close();
  return left;
}

test("without flags all but debug lines are left to the terminal", () => {
  expect(written({})).toEqual([false, true, true]);
  expect(written({ verbose: true })).toEqual([true, true, true]);
  expect(written({ logOutput: "none" })).toEqual([false, false, false]);
});

test("a file gets the lines from its level on, with time, level and source", () => {
  const path = join(folder, "run.log");
  expect(written({ logOutput: `file=${path},level=warn` })).toEqual([false, false, false]);
  expect(readFileSync(path, "utf8")).toMatch(/^time="\d{4}-[^"]+Z" level=error msg="broken" source=loadline\n$/);
});

test("the console's file takes what the script says, and nothing else", () => {
  const path = join(folder, "script.log");
  expect(written({ consoleOutput: path, logFormat: "raw" })).toEqual([false, false, false]);
  expect(readFileSync(path, "utf8")).toBe("said\n");
});

test("a later run goes on in the same file", () => {
  const path = join(folder, "run.log");
  for (let i = 0; i < 2; i += 1) written({ logOutput: `file=${path}`, logFormat: "json" });
  const lines = readFileSync(path, "utf8").trim().split("\n");
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(["said", "broken", "said", "broken"]);
});

test("loki is accepted and named", () => {
  const warnings: string[] = [];
  expect(written({ logOutput: "loki=http://127.0.0.1:3100,label.a=b" }, warnings)).toEqual([false, true, true]);
  expect(warnings).toEqual(["--log-output=loki is k6's and does nothing here: log lines go to stderr."]);
});

test.each([
  ["a place that is none", { logOutput: "syslog" }, "usage.log-output"],
  ["a level that is none", { logOutput: "file=x.log,level=loud" }, "usage.log-output"],
  ["stdout beside --json", { logOutput: "stdout", json: true }, "usage.log-output"],
  ["an unknown format", { logFormat: "xml" }, "usage.log-format"],
  ["a file without a folder", { consoleOutput: "/nowhere/at/all.log" }, "output.not-writable"],
] satisfies [string, LogFlags, string][])("%s is refused", (_name, flags, code) => {
  expect(() => openLogOutput(flags, () => {})).toThrow(expect.objectContaining({ code }));
});
