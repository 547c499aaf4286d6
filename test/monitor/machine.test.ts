import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { readMachineLimits, watchMachine } from "../../src/monitor/machine.js";
import { parseCpuTimes } from "../../src/monitor/machine-load.js";
import { measureOversleep } from "../../src/monitor/oversleep.js";

const files: Readonly<Record<string, string>> = {
  "/proc/self/limits":
    "Limit                     Soft Limit           Hard Limit           Units\nMax open files            4096                 8192                 files\n",
  "/proc/sys/net/ipv4/ip_local_port_range": "32768\t60999\n",
  "/proc/net/sockstat": "sockets: used 38\nTCP: inuse 3 orphan 0 tw 17 alloc 3 mem 290\nUDP: inuse 0 mem 0\n",
  "/sys/devices/system/clocksource/clocksource0/current_clocksource": "hpet\n",
  "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "powersave\n",
  "/sys/devices/system/cpu/cpu1/cpufreq/scaling_governor": "powersave\n",
  "/proc/self/cgroup": "0::/shop/api\n",
  "/sys/fs/cgroup/shop/cpu.max": "150000 100000\n",
  "/sys/fs/cgroup/shop/api/cpu.max": "max 100000\n",
};
const read = (path: string): string | undefined => files[path];
const list = (): string[] => ["cpu0", "cpu1", "cpufreq", "possible"];

test("limits are read from the system's files", () => {
  expect(readMachineLimits(read, list)).toMatchObject({
    openFiles: 4096,
    ephemeralPorts: 28_232,
    timeWait: 17,
    clockSource: "hpet",
    governors: ["powersave"],
  });
});

test("the smallest quota on the way to the root counts, not only the own group's", () => {
  expect(readMachineLimits(read, list).cpuQuotaCores).toBe(1.5);
});

test.each([
  ["-1", Number.POSITIVE_INFINITY],
  ["50000", 0.5],
])("version 1 of control groups: a quota of %s is %d cores", (quota, cores) => {
  const old: Readonly<Record<string, string>> = {
    "/proc/self/cgroup": "2:cpu:/\n",
    "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": `${quota}\n`,
    "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
  };
  expect(readMachineLimits((path) => old[path], list).cpuQuotaCores).toBe(cores);
});

test("a system that says nothing is no failure", () => {
  const limits = readMachineLimits(
    () => undefined,
    () => undefined,
  );
  expect(limits.cores).toBeGreaterThan(0);
  expect(Object.values(limits).filter((value) => value !== undefined)).toHaveLength(1);
});

test("steal is a part of all time, and guest time is not counted twice", () => {
  expect(parseCpuTimes("cpu  100 5 50 800 20 0 5 20 90 0\ncpu0 1 1 1 1\n")).toEqual({
    cores: 1,
    all: 1000,
    idle: 820,
    steal: 20,
  });
  expect(parseCpuTimes("intr 1")).toBeUndefined();
});

test("throttling is what happened while we looked, not since boot", async () => {
  let looks = 0;
  const watched = await watchMachine(5, (path) => {
    if (path === "/proc/self/cgroup") return "0::/\n";
    if (path !== "/sys/fs/cgroup/cpu.stat") return undefined;
    looks += 1;
    return `usage_usec 1\nnr_periods ${1000 + looks * 10}\nnr_throttled ${500 + looks * 4}\n`;
  });
  expect(watched.throttledRatio).toBeCloseTo(0.4);
  expect(watched.othersCores).toBeUndefined();
});

test.skipIf(!existsSync("/proc/stat"))("a busy neighbour shows, with its name and share", async () => {
  const { spawn } = await import("node:child_process");
  const neighbour = spawn(process.execPath, ["-e", "const until = Date.now() + 3000; while (Date.now() < until);"]);
  try {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { busyProcesses, othersCores } = await watchMachine(600);
    const found = busyProcesses.find(({ pid }) => pid === neighbour.pid);
    expect(found?.cores).toBeGreaterThan(0.1);
    expect(othersCores).toBeGreaterThan(0.1);
  } finally {
    neighbour.kill();
  }
});

test("sleeping takes at least as long as asked, and the quantiles are in order", () => {
  const { samples, p50, p99, max } = measureOversleep(20);
  expect(samples).toBe(20);
  expect(p50).toBeGreaterThan(0);
  expect(p99).toBeGreaterThanOrEqual(p50);
  expect(max).toBeGreaterThanOrEqual(p99);
});
