import { describe, expect, test } from "vitest";
import { judgeFitness } from "../../src/compare/fitness.js";
import type { MachineReadings } from "../../src/model/machine.js";
import { renderFitness } from "../../src/report/fitness-text.js";

const good: MachineReadings = {
  cores: 4,
  cpuQuotaCores: Number.POSITIVE_INFINITY,
  throttledRatio: 0,
  openFiles: 65_536,
  ephemeralPorts: 28_232,
  timeWait: 12,
  clockSource: "tsc",
  governors: ["performance"],
  stealRatio: 0,
  othersCores: 0.05,
  busyProcesses: [],
  oversleep: { samples: 500, p50: 56, p99: 200, max: 400 },
  selfTest: {
    rate: 1000,
    durationMs: 10_000,
    planned: 10_000,
    arrived: 10_000,
    lateness: { samples: 10_000, p50: 40, p99: 300, max: 2000 },
  },
};

function verdictOf(id: string, change: Partial<MachineReadings>) {
  const fitness = judgeFitness({ ...good, ...change });
  return fitness.items.find((item) => item.id === id)!;
}

test("a machine without a fault is fit, and nothing needs a remedy", () => {
  const { fit, items } = judgeFitness(good);
  expect(fit).toBe(true);
  expect(items.map(({ verdict }) => verdict)).toEqual(items.map(() => "ok"));
  expect(items.filter(({ remedy }) => remedy !== undefined)).toEqual([]);
});

const noise = (p50: number, p99: number, arrived = 10_000): Partial<MachineReadings> => ({
  selfTest: { ...good.selfTest!, arrived, lateness: { samples: arrived, p50, p99, max: p99 } },
});
const slept = (p50: number, p99: number): Partial<MachineReadings> => ({
  oversleep: { samples: 500, p50, p99, max: p99 },
});

test.each([
  ["cores", { cores: 1 }, "warn"],
  ["quota", { cpuQuotaCores: 4 }, "warn"],
  ["quota", { cpuQuotaCores: 1.5 }, "warn"],
  ["quota", { cpuQuotaCores: 0.5 }, "bad"],
  ["quota", { cpuQuotaCores: 4, throttledRatio: 0.2 }, "bad"],
  ["others", { othersCores: 0.4 }, "ok"],
  ["others", { othersCores: 0.41 }, "warn"],
  ["others", { othersCores: 2.1 }, "bad"],
  ["steal", { stealRatio: 0.02 }, "warn"],
  ["steal", { stealRatio: 0.06 }, "bad"],
  ["files", { openFiles: 1023 }, "bad"],
  ["files", { openFiles: 1024 }, "warn"],
  ["files", { openFiles: 10_000 }, "ok"],
  ["files", { openFiles: Number.POSITIVE_INFINITY }, "ok"],
  ["ports", { timeWait: 20_000 }, "warn"],
  ["ports", { timeWait: 28_000 }, "bad"],
  ["ports", { timeWait: 40_000 }, "bad"],
  ["clock", { clockSource: "kvm-clock" }, "ok"],
  ["clock", { clockSource: "hpet" }, "bad"],
  ["clock", { clockSource: "xen" }, "warn"],
  ["frequency", { governors: ["powersave"] }, "warn"],
  ["frequency", { governors: ["performance", "schedutil"] }, "warn"],
  ["timer", slept(60, 2000), "warn"],
  ["timer", slept(1500, 1600), "bad"],
  ["timer", slept(60, 6000), "bad"],
  ["noise", noise(40, 1001), "warn"],
  ["noise", noise(40, 5001), "bad"],
  ["noise", noise(1001, 1002), "bad"],
  ["noise", noise(40, 300, 9999), "bad"],
] as const)("%s: %j is %s, and only a machine with a bad item is unfit", (id, change, verdict) => {
  const item = verdictOf(id, change as Partial<MachineReadings>);
  expect(item.verdict).toBe(verdict);
  expect(item.remedy === undefined).toBe(verdict === "ok");
  expect(judgeFitness({ ...good, ...(change as Partial<MachineReadings>) }).fit).toBe(verdict !== "bad");
});

describe("what the system does not say", () => {
  const silent: MachineReadings = {
    ...good,
    cpuQuotaCores: undefined,
    throttledRatio: undefined,
    openFiles: undefined,
    ephemeralPorts: undefined,
    timeWait: undefined,
    clockSource: undefined,
    governors: undefined,
    stealRatio: undefined,
    othersCores: undefined,
    selfTest: undefined,
  };

  test("is shown as unknown, and makes nobody unfit", () => {
    const { fit, items } = judgeFitness(silent);
    expect(fit).toBe(true);
    expect(items.filter(({ verdict }) => verdict === "unknown").map(({ id }) => id)).toEqual([
      "quota",
      "others",
      "steal",
      "files",
      "ports",
      "clock",
      "frequency",
      "noise",
    ]);
  });

  test("is still listed in the text, with its reason", () => {
    expect(renderFitness(judgeFitness(silent), { color: false, width: 100 })).toContain("The self-test was left out.");
  });
});

test("the busiest neighbours are named, and their names cannot steer a terminal", () => {
  const text = renderFitness(
    judgeFitness({
      ...good,
      othersCores: 3,
      busyProcesses: [{ pid: 7, name: "evil\u001b[2J", cores: 2.5 }],
    }),
    { color: false, width: 80 },
  );
  expect(text).toContain("(pid 7) 2.5");
  expect(text).not.toContain("\u001b");
  expect(text).toContain("UNFIT");
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
});
