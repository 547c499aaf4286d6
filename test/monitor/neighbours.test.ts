import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { NeighbourMeter } from "../../src/monitor/neighbours.js";

const stat = (user: number, idle: number, steal: number) =>
  `cpu  ${user} 0 0 ${idle} 0 0 0 ${steal} 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0\ncpu1 0 0 0 0 0 0 0 0 0 0\nintr 1\n`;

/** Ten seconds of a machine with two cores. */
function tenSeconds(from: string, to: string, ownSeconds: number, watchedCores: number) {
  let at = 0;
  const texts = [from, to];
  const meter = new NeighbourMeter(
    () => texts[at === 0 ? 0 : 1],
    () => at,
    (since) => ({ user: since === undefined ? 5e6 : ownSeconds * 1e6, system: 0 }),
  );
  meter.begin();
  at = 10_000;
  return meter.end(watchedCores);
}

test("what is neither idle, nor ours, nor watched is others'", () => {
  // 20 s of CPU: 12 idle, 1 stolen; 2 ours and 3 the target's leave 2.
  const found = tenSeconds(stat(1000, 5000, 10), stat(1700, 6200, 110), 2, 0.3);
  expect(found!.othersCores).toBeCloseTo(0.2, 6);
  expect(found!.stealRatio).toBeCloseTo(0.05, 6);
});

test("a grain of error does not make others' work negative", () => {
  expect(tenSeconds(stat(0, 0, 0), stat(500, 1500, 0), 3, 0.21)!.othersCores).toBe(0);
});

test("a system that does not count, or a meter that was not begun, says nothing", () => {
  const meter = new NeighbourMeter(() => undefined);
  meter.begin();
  expect(meter.end(0)).toBeUndefined();
  expect(new NeighbourMeter(() => stat(1, 1, 1)).end(0)).toBeUndefined();
});

test.skipIf(!existsSync("/proc/stat"))("a program that runs beside is seen", async () => {
  const child = spawn(process.execPath, ["-e", "const end = Date.now() + 5000; while (Date.now() < end);"]);
  try {
    await wait(300);
    const meter = new NeighbourMeter();
    meter.begin();
    await wait(1500);
    // The machine has others at work besides; a core that is shared with them gives a good part at least.
    expect(meter.end(0)!.othersCores).toBeGreaterThan(0.5);
  } finally {
    child.kill("SIGKILL");
  }
});
