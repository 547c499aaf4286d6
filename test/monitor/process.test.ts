import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { WatchGroup, watchProcess } from "../../src/monitor/process.js";
import { readStat } from "../../src/monitor/procfs.js";
import { ProcessTree } from "../../src/monitor/tree.js";
import { seededRandom } from "../../src/stats/random.js";
import { eventually, killAll, pause, runScript, runs } from "./children.js";

afterEach(killAll);

const page = 4096;
const busy = "const until = Date.now() + Number(process.argv[1] ?? 1e9); while (Date.now() < until);";

function psKb(pid: number, column: string): number {
  return Number(execFileSync("ps", ["-o", `${column}=`, "-p", String(pid)], { encoding: "utf8" }));
}

test("RSS, PSS, threads and descriptors are what ps and /proc say", async () => {
  const { pid } = await runScript(
    `const kept = Buffer.alloc(200e6, 1); console.log("ready"); setTimeout(() => console.log(kept.length), 60000);`,
  );
  await pause(300);
  const sample = await watchProcess({ name: "target", pid }).sample(5);
  expect(sample).toMatchObject({ atMs: 5, source: "target", processes: 1 });
  const within = (actual: number, wanted: number) =>
    expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(Math.max(page, wanted * 0.01));
  within(sample.rssBytes!, psKb(pid, "rss") * 1024);
  within(sample.pssBytes!, psKb(pid, "pss") * 1024);
  within(sample.pssBytes!, Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))![1]) * 1024);
  expect(sample.rssBytes).toBeGreaterThan(200e6);
  expect(sample.fds).toBe(readdirSync(`/proc/${pid}/fd`).length);
  expect(sample.threads).toBe(psKb(pid, "nlwp"));
  expect(sample.cpuCores).toBeUndefined();
});

test("a busy process uses one core, as /proc counts it; an idle one none", async () => {
  const spinning = await runScript(`console.log("ready"); ${busy}`);
  const idle = await runScript(`console.log("ready"); setTimeout(() => {}, 60000)`);
  await pause(200);
  const cpuTicks = () => {
    const stat = readFileSync(`/proc/${spinning.pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  };
  const watched = [spinning.pid, idle.pid].map((pid) => watchProcess({ name: "target", pid }));
  for (const source of watched) await source.sample(0);
  const [ticksBefore, beforeMs] = [cpuTicks(), performance.now()];
  await pause(4000);
  const truth = (cpuTicks() - ticksBefore) / 100 / ((performance.now() - beforeMs) / 1000);
  const [spun, rested] = await Promise.all(watched.map((source) => source.sample(4000)));
  // 1 % of what it used, and a tick of 10 ms at either end of four seconds.
  expect(Math.abs(spun!.cpuCores! - truth)).toBeLessThan(0.01 * truth + 0.005);
  // Others may share the machine's cores with it.
  expect(spun!.cpuCores).toBeGreaterThan(0.5);
  expect(spun!.cpuCores).toBeLessThan(1.05);
  expect(rested!.cpuCores).toBeLessThan(0.05);
});

test("children count, also while they run and once they have ended, and never twice", async () => {
  const parent = await runScript(`
    const { spawn } = require("node:child_process");
    console.log("ready");
    process.stdin.once("data", () => {
      const child = spawn(process.execPath, ["-e", ${JSON.stringify(busy)}, "1000"]);
      child.on("exit", () => console.log("over"));
    });`);
  const source = watchProcess({ name: "target", pid: parent.pid });
  const alone = await source.sample(0);
  const startMs = performance.now();
  parent.child.stdin!.write("go\n");
  await pause(600);
  const during = await source.sample(600);
  expect(during.processes).toBe(2);
  expect(during.rssBytes).toBeGreaterThan(alone.rssBytes! * 1.5);
  expect(during.fds).toBeGreaterThan(alone.fds!);
  const duringMs = performance.now();
  await pause(1000);
  const after = await source.sample(1600);
  expect(after.processes).toBe(1);
  const usedS = (during.cpuCores! * (duringMs - startMs) + after.cpuCores! * (performance.now() - duringMs)) / 1000;
  const fields = readFileSync(`/proc/${parent.pid}/stat`, "latin1").split(") ")[1]!.split(" ");
  const childS = (Number(fields[13]) + Number(fields[14])) / 100;
  expect(childS).toBeGreaterThan(0.5);
  expect(usedS).toBeGreaterThan(childS - 0.03);
  expect(usedS).toBeLessThan(childS + 0.1);
});

test("children are looked for when a pid was given out since, when nobody knows, and now and then in any case", async () => {
  const parent = await runScript(`
    const { spawn } = require("node:child_process");
    console.log("ready");
    process.stdin.on("data", () => {
      spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"]).once("spawn", () => console.log("spawned"));
    });`);
  const trees = Array.from({ length: 3 }, () => new ProcessTree(readStat(parent.pid)!));
  for (const tree of trees) tree.refresh(7);
  const bear = async (): Promise<void> => {
    const spawned = once(parent.child.stdout!, "data");
    parent.child.stdin!.write("go\n");
    await spawned;
  };
  await bear();
  const [another, unknown, same] = trees as [ProcessTree, ProcessTree, ProcessTree];
  const found = (tree: ProcessTree, newestPid: number | undefined): number => {
    tree.refresh(newestPid);
    return tree.living.length;
  };
  expect(found(another, 8)).toBe(2);
  expect(found(unknown, undefined)).toBe(2);
  expect(Array.from({ length: 10 }, () => found(same, 7))).toEqual([...Array(9).fill(1), 2]);
  // A number that missed one is not believed again.
  await bear();
  expect(found(same, 7)).toBe(3);
});

test("watched together, each has its PSS in turn, one a round, however much looks are early or late", async () => {
  const { pid } = await runScript(`console.log("ready"); setTimeout(() => {}, 60000)`);
  const group = new WatchGroup();
  let nowMs = 0;
  const three = ["a", "b", "c"].map((name) => watchProcess({ name, pid, group, now: () => (nowMs += 0.01) }));
  const random = seededRandom(7);
  const seen: string[] = [];
  for (let second = 0; second < 120; second += 1) {
    nowMs = second * 1000 + random.below(80);
    const samples = [];
    for (const source of three) {
      nowMs += random.below(20);
      samples.push(await source.sample(nowMs));
    }
    seen.push(samples.flatMap(({ source, pssBytes }) => (pssBytes === undefined ? [] : [source])).join(""));
  }
  expect(seen[0]).toBe("abc");
  const turns = seen.slice(1);
  expect(turns.filter((names) => names.length > 1)).toEqual([]);
  for (const name of "abc") {
    const at = turns.flatMap((names, second) => (names === name ? [second] : []));
    const apart = at.slice(1).map((second, n) => second - at[n]!);
    expect(new Set(apart)).toEqual(new Set([3]));
  }
});

test("one that is large or slow to read is read more seldom", () => {
  const group = new WatchGroup();
  const all = Array.from({ length: 10 }, () => ({}));
  const one = all[0]!;
  group.join(one);
  const alone = [0.1, 0.4, 2, 10, 100].map((spentMs) => group.pssWaitMs(one, spentMs));
  expect(alone).toEqual([1000, 2000, 5000, 5000, 50_000]);
  for (const other of all.slice(1)) group.join(other);
  expect(all.map((source) => group.pssWaitMs(source, 0.1)).at(-1)).toBe(10_000);
  // The others being small, it may take nearly all of a 500th of the time.
  expect(group.pssWaitMs(one, 99.1)).toBeCloseTo(50_000);
});

test("a child that begins and ends between two samples is counted", async () => {
  const parent = await runScript(`
    const { spawnSync } = require("node:child_process");
    console.log("ready");
    process.stdin.once("data", () => {
      spawnSync(process.execPath, ["-e", ${JSON.stringify(busy)}, "400"]);
      setTimeout(() => {}, 60000);
    });`);
  const source = watchProcess({ name: "target", pid: parent.pid });
  await source.sample(0);
  const startMs = performance.now();
  parent.child.stdin!.write("go\n");
  await pause(1200);
  const { cpuCores, processes } = await source.sample(1200);
  expect(processes).toBe(1);
  expect((cpuCores! * (performance.now() - startMs)) / 1000).toBeGreaterThan(0.25);
});

test("a child that outlives its parent is watched on; the parent's end is told once", async () => {
  const parent = await runScript(`
    const { spawn } = require("node:child_process");
    const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], { detached: true, stdio: "ignore" });
    console.log(child.pid);
    setTimeout(() => {}, 60000);`);
  const childPid = Number(parent.firstLine);
  const source = watchProcess({ name: "target", pid: parent.pid });
  try {
    expect((await source.sample(0)).processes).toBe(2);
    parent.child.kill("SIGKILL");
    await eventually(() => !runs(parent.pid));
    expect(await source.sample(1)).toMatchObject({ processes: 1, event: "gone" });
    const later = await source.sample(2);
    expect(later).toMatchObject({ processes: 1 });
    expect(later.event).toBeUndefined();
  } finally {
    process.kill(childPid, "SIGKILL");
  }
});

test("a process that ends is an event, and later samples are empty", async () => {
  const { child, pid } = await runScript(`console.log("ready"); setTimeout(() => {}, 60000)`);
  const source = watchProcess({ name: "target", pid });
  expect((await source.sample(0)).event).toBeUndefined();
  child.kill("SIGKILL");
  await eventually(() => !runs(pid));
  // What it used between its last sample and its end is still counted.
  const { cpuCores: _, ...ended } = await source.sample(1000);
  expect(ended).toEqual({ atMs: 1000, source: "target", processes: 0, event: "gone" });
  expect(await source.sample(2000)).toEqual({ atMs: 2000, source: "target", processes: 0 });
});

test("no such process is a problem that names the pid", () => {
  expect(() => watchProcess({ name: "target", pid: 2 ** 22 + 1 })).toThrow(
    expect.objectContaining({ code: "monitor.no-such-process", found: 2 ** 22 + 1 }),
  );
});
