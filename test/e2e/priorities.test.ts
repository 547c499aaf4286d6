import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { demoTarget, hasProc, scratch, scripts, start } from "./loadline.js";

let target: Awaited<ReturnType<typeof demoTarget>>;
const folder = scratch();
beforeAll(async () => {
  target = await demoTarget();
});
afterAll(async () => {
  await target.stop();
  folder.remove();
});

/** The nice value of each thread of a process, field 19 of its stat; the main thread's first. */
const niceOf = (pid: number): readonly number[] =>
  readdirSync(`/proc/${pid}/task`)
    .map(Number)
    .sort((a, b) => Number(b === pid) - Number(a === pid))
    .map((id) => Number(readFileSync(`/proc/${pid}/task/${id}/stat`, "latin1").split(") ").at(-1)!.split(" ")[16]));

test.skipIf(!hasProc)("V8's threads give way to those of the engine, and the target's are left alone", async () => {
  const usual = niceOf(process.pid)[0]!;
  const running = start(
    ["run", join(scripts, "get.js"), "-e", `BASE_URL=${target.url}`, "-q", "--no-history"],
    folder.dir,
  );
  try {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const [ofMain, ...others] = niceOf(running.child.pid!);
    expect(ofMain).toBe(usual);
    expect(others.filter((nice) => nice === 10).length).toBeGreaterThanOrEqual(4);
    // The engine, its pacer, and what works for them.
    expect(others.filter((nice) => nice === usual).length).toBeGreaterThanOrEqual(2);
    expect(niceOf(target.pid).filter((nice) => nice !== usual)).toEqual([]);
  } finally {
    await running.outcome;
  }
});
