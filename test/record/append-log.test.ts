import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { AppendLog } from "../../src/record/append-log.js";
import { temporaryFolder } from "./runs.js";

/** Bytes that the disk still takes. */
const disk = vi.hoisted(() => ({ room: Number.POSITIVE_INFINITY }));

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const writeSync = (descriptor: number, bytes: Uint8Array, from = 0): number => {
    const length = Math.min(bytes.length - from, disk.room);
    if (length === 0) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    disk.room -= length;
    return fs.writeSync(descriptor, bytes, from, length);
  };
  return { ...fs, writeSync };
});

beforeEach(() => {
  disk.room = Number.POSITIVE_INFINITY;
});

test("a write that stops half-way leaves whole lines, and every line comes once there is room", () => {
  const log = new AppendLog(join(temporaryFolder(), "log"));
  log.append("one\n");
  disk.room = 5;
  expect(() => log.append("two\nthree\n")).toThrow(/ENOSPC/);
  expect(readFileSync(log.path, "utf8")).toBe("one\n");
  expect(() => log.append("four\n")).toThrow(/ENOSPC/);
  expect(log.unwritten).toBe(true);
  disk.room = 1000;
  log.append("");
  log.close();
  expect(log.unwritten).toBe(false);
  expect(readFileSync(log.path, "utf8")).toBe("one\ntwo\nthree\nfour\n");
});

test("what waits for room is bounded, and what finds none is counted", () => {
  const log = new AppendLog(join(temporaryFolder(), "log"));
  disk.room = 0;
  const megabyte = `${"x".repeat(2 ** 20 - 1)}\n`;
  for (let n = 0; n < 6; n += 1) expect(() => log.append(megabyte)).toThrow(/ENOSPC/);
  expect(log.droppedLines).toBe(2);
  disk.room = Number.POSITIVE_INFINITY;
  log.append("");
  log.close();
  expect(readFileSync(log.path, "utf8")).toHaveLength(4 * 2 ** 20);
});
