import { expect, test } from "vitest";
import { compareEnvironments } from "../../src/compare/likeness.js";
import { machine } from "./world.js";

test("equal environments have no differences", () => {
  expect(compareEnvironments(machine, { ...machine })).toEqual([]);
});

test.each([
  ["cpuModel", { cpuModel: "Other" }, true],
  ["cores", { cores: 4 }, true],
  ["os", { os: "Darwin" }, true],
  ["arch", { arch: "arm64" }, true],
  ["kernel", { kernel: "6.2.0" }, false],
  ["node", { node: "24.0.0" }, false],
  ["loadline", { loadline: "0.2.0" }, false],
  ["memoryBytes", { memoryBytes: 16e9 }, false],
] as const)("%s is told", (field, change, must) => {
  const differences = compareEnvironments(machine, { ...machine, ...change });
  expect(differences).toEqual([{ field, must, baseline: expect.any(String), candidate: expect.any(String) }]);
  expect(differences[0]!.baseline).not.toBe(differences[0]!.candidate);
});

test("a few pages of memory more or less are the same machine", () => {
  expect(compareEnvironments(machine, { ...machine, memoryBytes: 8.01e9 })).toEqual([]);
});
