import { readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
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

/** The nice value of each thread of a process, field 19 of its stat. */
const niceOf = (pid: number): readonly number[] =>
  threadsOf(pid).flatMap((id) => {
    try {
      return Number(readFileSync(`/proc/${pid}/task/${id}/stat`, "latin1").split(") ").at(-1)!.split(" ")[16]);
    } catch {
      // It has ended.
      return [];
    }
  });

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}

/** Threads of Node's own keep their priority, too. */
const libuvThreads = 4;

test.skipIf(!hasProc)(
  "V8's threads give way to those of the engine, and the target's are left alone",
  async () => {
    const usual = getPriority();
    const lower = Math.min(19, usual + 10);
    const args = ["run", join(scripts, "get.js"), "-e", `BASE_URL=${target.url}`, "-q", "--no-history"];
    const running = start(args, folder.dir);
    let isOver = false;
    const ended = running.outcome.finally(() => {
      isOver = true;
    });
    const seen = { lower: 0, usual: 0 };
    while (!isOver) {
      const all = niceOf(running.child.pid!);
      seen.lower = Math.max(seen.lower, all.filter((nice) => nice === lower).length);
      seen.usual = Math.max(seen.usual, all.filter((nice) => nice === usual).length);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await ended;
    expect(seen.lower).toBeGreaterThanOrEqual(4);
    // Beside them the main thread, the engine and its pacer.
    expect(seen.usual).toBeGreaterThanOrEqual(libuvThreads + 3);
    expect(niceOf(target.pid).filter((nice) => nice !== usual)).toEqual([]);
  },
  20_000,
);
