import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runs } from "../monitor/children.js";
import { ask } from "./asking.js";

/** Counts in a file, or in memory that a crash takes along; says where it listens. */
const program = `
const { createServer } = require("node:http");
const { readFileSync, writeFileSync } = require("node:fs");
const file = process.argv[2];
let count = 0;
if (file !== undefined) try { count = Number(readFileSync(file, "utf8")); } catch {}
createServer((request, response) => {
  if (request.method === "POST") {
    count += 1;
    if (file !== undefined) writeFileSync(file, String(count));
  }
  response.end(JSON.stringify({ count, pid: process.pid }));
}).listen(0, "127.0.0.1", function () {
  console.log(JSON.stringify({ event: "listening", url: "http://127.0.0.1:" + this.address().port }));
});`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "loadline-recovery-"));
  writeFileSync(join(folder, "counter.cjs"), program);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const health = { url: "/" };
const write = [{ method: "POST", url: "/", capture: { count: "count" } }];
const read = [{ url: "/", expect: { json: { count: 1 } } }];

describe("recovery", () => {
  test("a killed target that is started again is timed, and its data held against the data before", async () => {
    const result = await ask(
      {
        kind: "recovery",
        start: { command: "node counter.cjs" },
        break: { signal: "SIGKILL" },
        restore: "start-again",
        health,
        data: { url: "/", expect: { json: { count: 0 } } },
      },
      { folder },
    );
    // The process id is part of the answer here, so the data has changed indeed.
    expect(result.state).toBe("fail");
    expect(result.reason).toContain("the data changed");
    expect(result.figures?.recoveryMs).toBeGreaterThan(0);
    const pid = Number(/"pid":(\d+)/.exec(result.reason)?.[1]);
    expect(runs(pid)).toBe(false);
  });

  test("what nobody brings back fails when its time is up, and leaves nothing running", async () => {
    const result = await ask(
      {
        kind: "recovery",
        start: { command: "node counter.cjs" },
        break: { signal: "SIGKILL" },
        health,
        within: 700,
      },
      { folder },
    );
    expect(result.state).toBe("fail");
    expect(result.reason).toMatch(/^not healthy .* after the break: no answer/);
    expect(result.durationMs).toBeLessThan(6000);
  });

  test("what was not healthy before is not broken", async () => {
    const result = await ask(
      {
        kind: "recovery",
        start: { command: "node counter.cjs" },
        break: {
          command: ["node", "-e", `require("fs").writeFileSync(${JSON.stringify(join(folder, "broken"))}, "")`],
        },
        health: { url: "/", expect: { status: 503 } },
      },
      { folder },
    );
    expect(result.reason).toMatch(/^it was not healthy before the break/);
    const { existsSync } = await import("node:fs");
    expect(existsSync(join(folder, "broken"))).toBe(false);
  });

  test("a break with nothing to break is an error with the remedy", async () => {
    const result = await ask({ kind: "recovery", break: {}, health: { command: "true" } }, { folder });
    expect([result.state, result.reason]).toEqual(["error", expect.stringContaining("Give break a command")]);
  });
});

describe("persistence", () => {
  const breaking = { break: { signal: "SIGKILL" as const }, restore: "start-again" as const, health, write, read };

  test("what was written to disk is there after the crash", async () => {
    const start = { command: ["node", "counter.cjs", join(folder, "count")] };
    const result = await ask({ kind: "persistence", start, ...breaking }, { folder });
    expect(result.reason).toMatch(/^healthy again after .*, with what was written before$/);
    expect(result.state).toBe("pass");
  });

  test("what was only in memory is lost, and the probe says so", async () => {
    const result = await ask({ kind: "persistence", start: { command: "node counter.cjs" }, ...breaking }, { folder });
    expect([result.state, result.reason]).toEqual(["fail", "read 1 of 1: count is 0, not 1"]);
  });
});

test("a target of the probe's own that does not start is an error with its last words", async () => {
  const result = await ask({
    kind: "http",
    url: "/",
    start: { command: ["node", "-e", "throw new Error('no disk')"] },
  });
  expect(result.state).toBe("error");
  expect(result.reason).toContain("before it was ready");
});
