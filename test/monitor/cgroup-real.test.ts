import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { watchCgroup } from "../../src/monitor/cgroup.js";
import { killAll, pause, runScript } from "./children.js";

const mount = "/sys/fs/cgroup";
const group = `loadline-test-${process.pid}`;
const made: string[] = [];

/** Folders of a new group in each tree that the machine lets us write to; none where it lets us in nowhere. */
function makeGroup(): string[] {
  for (const tree of ["", "memory", "cpu,cpuacct", "cpuacct", "cpu"]) {
    const folder = join(mount, tree, group);
    try {
      mkdirSync(folder);
      readFileSync(join(folder, "cgroup.procs"));
      made.push(folder);
    } catch {
      // Not such a tree, or not for us.
    }
  }
  return made;
}
const folders = makeGroup();
const memoryFile = ["memory.current", "memory.usage_in_bytes"]
  .flatMap((file) => folders.map((folder) => join(folder, file)))
  .find((path) => readable(path));

function readable(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}
const number = (path: string): number => Number(readFileSync(path, "utf8"));

afterAll(async () => {
  killAll();
  await pause(300);
  for (const folder of made) rmdirSync(folder);
});

test.skipIf(memoryFile === undefined)("a true control group: memory, CPU and throttling are the kernel's", async () => {
  const { pid } = await runScript(
    `const kept = Buffer.alloc(120e6, 1); console.log("ready");
     setTimeout(() => { const until = Date.now() + 60000; while (Date.now() < until && kept); }, 1000);`,
  );
  for (const folder of folders) writeFileSync(join(folder, "cgroup.procs"), String(pid));
  const quota = folders.map((folder) => join(folder, "cpu.cfs_quota_us")).find(readable);
  if (quota !== undefined) writeFileSync(quota, "20000");
  const max = folders.map((folder) => join(folder, "cpu.max")).find(readable);
  if (max !== undefined) writeFileSync(max, "20000 100000");

  const source = watchCgroup({ name: "group", path: `/${group}` });
  await source.sample(0);
  await pause(2500);
  const [before, sample, after] = [number(memoryFile!), await source.sample(2500), number(memoryFile!)];
  const usage = sample.metrics!.usageBytes!;
  expect(usage).toBeGreaterThanOrEqual(Math.min(before, after) * 0.99);
  expect(usage).toBeLessThanOrEqual(Math.max(before, after) * 1.01);
  expect(sample.processes).toBe(1);
  if (quota === undefined && max === undefined) return;
  expect(sample.limitCores).toBe(0.2);
  // Busy for most of the time, on a fifth of a core.
  expect(sample.cpuCores).toBeGreaterThan(0.05);
  expect(sample.cpuCores).toBeLessThan(0.3);
  expect(sample.throttledRatio).toBeGreaterThan(0);
});
