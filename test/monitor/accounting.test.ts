import { expect, test } from "vitest";
import { type ProcessStat, parsePss, parseStat, readStat } from "../../src/monitor/procfs.js";
import { cpuBetween, ProcessTree } from "../../src/monitor/tree.js";

function stat(pid: number, parentPid: number, ownCpuS: number, endedChildrenCpuS = 0, startTicks = pid): ProcessStat {
  return { pid, parentPid, groupId: 1, ownCpuS, endedChildrenCpuS, startTicks, state: "S", threads: 1, rssPages: 1 };
}
function tree(...stats: ProcessStat[]): Map<number, ProcessStat> {
  return new Map(stats.map((one) => [one.pid, one]));
}

test.each([
  ["own time", tree(stat(1, 0, 5)), tree(stat(1, 0, 6)), 1],
  ["a new child's time", tree(stat(1, 0, 5)), tree(stat(1, 0, 5), stat(2, 1, 3)), 3],
  ["an ended child's last bit only", tree(stat(1, 0, 5), stat(2, 1, 3)), tree(stat(1, 0, 5, 3.2)), 0.2],
  ["a child between two looks", tree(stat(1, 0, 5)), tree(stat(1, 0, 5, 0.7)), 0.7],
  ["a child that nobody waited for", tree(stat(1, 0, 5), stat(2, 1, 3)), tree(stat(1, 0, 6)), 1],
  [
    "a child and a grandchild that ended together",
    tree(stat(1, 0, 5), stat(2, 1, 3, 0), stat(3, 2, 4)),
    tree(stat(1, 0, 5, 7.5)),
    0.5,
  ],
  [
    "one child that nobody waited for beside one that was",
    tree(stat(1, 0, 0), stat(2, 1, 0), stat(3, 1, 8), stat(4, 2, 2)),
    tree(stat(1, 0, 0), stat(2, 1, 0, 2.5)),
    0.5,
  ],
  [
    "a number that was given to another process",
    tree(stat(1, 0, 5), stat(2, 1, 9, 0, 7)),
    tree(stat(1, 0, 5, 9), stat(2, 1, 1, 0, 8)),
    1,
  ],
  ["a parent that ended before its child", tree(stat(1, 0, 5), stat(2, 1, 3)), tree(stat(2, 1, 4)), 1],
])("CPU between two looks: %s", (_, before, now, usedS) => {
  expect(cpuBetween(before, now)).toBeCloseTo(usedS, 9);
});

test("a zombie keeps its time until its parent takes it over", () => {
  const looks = [
    tree(stat(1, 0, 0), stat(2, 1, 3)),
    tree(stat(1, 0, 0), { ...stat(2, 1, 3.4), state: "Z" }),
    tree(stat(1, 0, 0, 3.4)),
  ];
  expect(cpuBetween(looks[0]!, looks[1]!)).toBeCloseTo(0.4, 9);
  expect(cpuBetween(looks[1]!, looks[2]!)).toBeCloseTo(0, 9);
});

test("a name with spaces and brackets does not shift the fields", () => {
  const line =
    "4242 (a) b (c) S 17 4242 4242 0 -1 4194304 100 200 0 0 250 50 30 20 20 0 11 0 987654 1000000 5000 184467440737";
  expect(parseStat(line)).toEqual({
    pid: 4242,
    state: "S",
    parentPid: 17,
    groupId: 4242,
    ownCpuS: 3,
    endedChildrenCpuS: 0.5,
    threads: 11,
    startTicks: 987654,
    rssPages: 5000,
  });
  expect(parseStat("")).toBeUndefined();
});

test("PSS is the line of that name, not its parts", () => {
  expect(parsePss("55-7f ---p 0 00:00 0 [rollup]\nRss: 1636 kB\nPss:    317 kB\nPss_Dirty: 112 kB\n")).toBe(317 * 1024);
  expect(parsePss("")).toBeUndefined();
});

test("a pid that was given to another process is no longer the target", () => {
  const now = readStat(process.pid)!;
  const reused = new ProcessTree({ ...now, startTicks: now.startTicks - 1 });
  reused.refresh(undefined);
  expect(reused.rootLives).toBe(false);
  expect(reused.living).toEqual([]);
  const same = new ProcessTree(now);
  same.refresh(undefined);
  expect(same.rootLives).toBe(true);
});
