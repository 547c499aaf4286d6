import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withLock } from "../../src/baseline/lock.js";

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "loadline-lock-"));
  path = join(dir, ".main.lock");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const ownedBy = (pid: number, host = hostname()) => writeFileSync(path, JSON.stringify({ pid, host, key: "k" }));
const deadPid = () => spawnSync(process.execPath, ["-e", ""]).pid;

test("only one at a time is inside, and nothing is left", async () => {
  let inside = 0;
  let most = 0;
  const enter = () =>
    withLock(path, async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    });
  await Promise.all(Array.from({ length: 8 }, enter));
  expect(most).toBe(1);
  expect(readdirSync(dir)).toEqual([]);
});

test("the lock is released when the work fails", async () => {
  await expect(withLock(path, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await withLock(path, async () => "yes")).toBe("yes");
});

test("the lock of a process that died is taken over", async () => {
  ownedBy(deadPid());
  expect(await withLock(path, async () => "in", { waitMs: 0 })).toBe("in");
  expect(readdirSync(dir)).toEqual([]);
});

test.each([
  ["a living process", () => ownedBy(process.pid)],
  ["another machine", () => ownedBy(deadPid(), "elsewhere")],
  ["nobody knows whom", () => writeFileSync(path, "")],
])("the lock of %s is respected and told", async (_name, take) => {
  take();
  await expect(withLock(path, async () => "in", { waitMs: 60 })).rejects.toMatchObject({
    code: "baseline.locked",
    at: path,
    exitCode: 104,
  });
  expect(readdirSync(dir)).toEqual([".main.lock"]);
});
