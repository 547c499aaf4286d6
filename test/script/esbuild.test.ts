import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { build } from "../../src/script/esbuild.js";

const isLinux = process.platform === "linux";

/** Processes of esbuild that this one has started and that still run. */
function esbuilds(): number {
  const tasks = readdirSync("/proc/self/task");
  const children = tasks.flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, "utf8").split(" "));
  return children.filter((pid) => {
    try {
      return pid !== "" && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("esbuild");
    } catch {
      return false;
    }
  }).length;
}

const contents = (text: string) => ({ stdin: { contents: text }, write: false as const, logLevel: "silent" as const });

test("builds may overlap, one of them may fail, and another may follow when all were over", async () => {
  const [one, other, failed] = await Promise.all([
    build(contents("export const a = 1;")),
    build(contents("export const b = 2;")),
    build(contents("export const =;")).catch((error: Error) => error),
  ]);
  expect(one.outputFiles[0]!.text).toContain("a = 1");
  expect(other.outputFiles[0]!.text).toContain("b = 2");
  expect(failed).toBeInstanceOf(Error);
  expect((await build(contents("export const c = 3;"))).outputFiles[0]!.text).toContain("c = 3");
});

test.runIf(isLinux)("nothing of esbuild runs on after a build", async () => {
  // What builds before left takes a moment to end.
  await expect.poll(esbuilds).toBe(0);
  const running = build(contents("export const a = 1;"));
  expect(esbuilds()).toBe(1);
  await running;
  await expect.poll(esbuilds).toBe(0);
});
