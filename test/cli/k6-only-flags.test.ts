import { Command } from "commander";
import { expect, test } from "vitest";
import { addK6OnlyFlags, k6OnlyWarning } from "../../src/cli/k6-only-flags.js";

function warningFor(...words: string[]): string | undefined {
  const command = addK6OnlyFlags(new Command()).exitOverride();
  command.parse(words, { from: "user" });
  return k6OnlyWarning(command.opts());
}

test("flags that only k6 has are accepted and named in one warning", () => {
  expect(warningFor("--address", "127.0.0.1:6565", "-l", "--compatibility-mode=extended")).toBe(
    "--address, --linger, --compatibility-mode: accepted, because k6 has them, but without effect here.",
  );
  expect(warningFor("-p")).toBe("--paused: accepted, because k6 has it, but without effect here.");
});

test("nothing is said where none was given, or what was asked for is so anyway", () => {
  expect(warningFor()).toBeUndefined();
  expect(warningFor("--no-usage-report")).toBeUndefined();
});
