import { expect, test } from "vitest";
import type { Examination } from "../../src/harness/doctor.js";
import { loadline, scratch } from "./loadline.js";

const here = scratch();

test("the examination puts this machine under a load of its own, and its exit code is its verdict", async () => {
  const { code, stdout, stderr } = await loadline(["doctor", "--json"], here.dir);
  const { schema, fit, items, readings } = JSON.parse(stdout) as Examination;
  expect(schema).toBe("loadline.doctor/1");
  expect(code, stderr).toBe(fit ? 0 : 112);
  expect(readings.selfTest).toMatchObject({ rate: 1000, planned: 10_000, arrived: 10_000 });
  // An idle wake-up through two threads and a socket cannot take less.
  expect(readings.selfTest!.lateness.p50).toBeGreaterThan(1);
  expect(readings.selfTest!.lateness.max).toBeGreaterThanOrEqual(readings.selfTest!.lateness.p99);
  expect(items.find(({ id }) => id === "noise")?.verdict).not.toBe("unknown");
  here.remove();
}, 40_000);

test("the quick one leaves the self-test out and says so", async () => {
  const { code, stdout } = await loadline(["doctor", "--quick", "--no-color"], process.cwd());
  expect([0, 112]).toContain(code);
  expect(stdout).toContain("The self-test was left out.");
  expect(stdout).toMatch(/FIT {2}/);
});
