import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type StartedTarget, startTarget, type TargetCommand } from "../../src/monitor/command.js";
import { freePort } from "../free-port.js";
import { eventually, pause, runs } from "./children.js";

let folder: string;
let logFile: string;
const targets: StartedTarget[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "loadline-command-"));
  logFile = join(folder, "target.log");
});
afterEach(async () => {
  await Promise.all(targets.splice(0).map((target) => target.stop()));
  rmSync(folder, { recursive: true, force: true });
});

async function start(source: string, more: Partial<TargetCommand> = {}): Promise<StartedTarget> {
  const program = join(folder, "program.cjs");
  writeFileSync(program, source);
  const target = await startTarget({
    name: "target",
    command: `'${process.execPath}' '${program}' 'two words'`,
    logFile,
    ...more,
  });
  targets.push(target);
  return target;
}

test("a command that says that it listens is ready at once, with its URL", async () => {
  const startMs = performance.now();
  const target = await start(
    `
    console.log(JSON.stringify({ event: "listening", url: "http://127.0.0.1:1", args: process.argv.slice(2), extra: process.env.EXTRA }));
    console.error("to stderr");
    setInterval(() => {}, 1000);`,
    { env: { EXTRA: "given" } },
  );
  expect(target.url).toBe("http://127.0.0.1:1");
  expect(performance.now() - startMs).toBeLessThan(2000);
  expect(runs(target.pid)).toBe(true);
  await eventually(() => readFileSync(logFile, "utf8").includes("to stderr"));
  expect(JSON.parse(readFileSync(logFile, "utf8").split("\n")[0]!)).toMatchObject({
    args: ["two words"],
    extra: "given",
  });
});

test("with a readiness URL it is ready when that answers, and not on a 503", async () => {
  const port = await freePort();
  const startMs = performance.now();
  await start(
    `const beganMs = Date.now();
     console.log("booting");
     setTimeout(() => require("node:http").createServer((_, response) => {
       response.statusCode = Date.now() - beganMs < 900 ? 503 : 200;
       response.end();
     }).listen(${port}, "127.0.0.1"), 300);`,
    { readyUrl: `http://127.0.0.1:${port}/health` },
  );
  expect(performance.now() - startMs).toBeGreaterThan(900);
});

test("without either it is ready once its first words are followed by silence", async () => {
  const target = await start(`console.log("started"); setInterval(() => {}, 1000);`);
  expect(target.url).toBeUndefined();
  expect(runs(target.pid)).toBe(true);
});

test("stop ends the command and what it started, and may be asked twice", async () => {
  const target = await start(`
    const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    console.log(JSON.stringify({ event: "listening", url: "http://child/" + child.pid }));
    setInterval(() => {}, 1000);`);
  const childPid = Number(target.url!.split("/").at(-1));
  expect(runs(childPid)).toBe(true);
  const startMs = performance.now();
  await Promise.all([target.stop(), target.stop()]);
  expect(performance.now() - startMs).toBeLessThan(2000);
  expect(runs(target.pid)).toBe(false);
  expect(runs(childPid)).toBe(false);
  expect(await target.ended).toBe("was ended by SIGTERM");
});

test("a command that ignores SIGTERM is killed after five seconds", async () => {
  const target = await start(`process.on("SIGTERM", () => {});
    console.log(JSON.stringify({ event: "listening", url: "http://x/" })); setInterval(() => {}, 1000);`);
  const startMs = performance.now();
  await target.stop();
  expect(performance.now() - startMs).toBeGreaterThan(4900);
  expect(await target.ended).toBe("was ended by SIGKILL");
});

test("an end in the middle of the run is told in words; one that was asked for is not", async () => {
  const warnings: string[] = [];
  const onWarning = (text: string) => warnings.push(text);
  const crashing = await start(
    `console.log(JSON.stringify({ event: "listening", url: "http://x/" })); setTimeout(() => process.exit(3), 300);`,
    { onWarning },
  );
  await crashing.ended;
  await pause(20);
  expect(warnings).toEqual(["target ended with code 3 during the run."]);
  const stopped = await start(
    `console.log(JSON.stringify({ event: "listening", url: "http://x/" })); setInterval(() => {}, 1000);`,
    { onWarning },
  );
  await stopped.stop();
  expect(warnings).toHaveLength(1);
});

test("a command that ends before it is ready is a problem that shows its last words", async () => {
  await expect(start(`console.error("no such database"); process.exit(7);`)).rejects.toMatchObject({
    code: "command.ended-early",
    message: "target ended with code 7 before it was ready.",
    hint: expect.stringContaining("no such database"),
  });
});

test("a command that is never ready is a problem, and is not left running", async () => {
  const port = await freePort();
  const rejected = start(`console.log(process.pid); setInterval(() => {}, 1000);`, {
    readyUrl: `http://127.0.0.1:${port}/`,
    readyTimeoutMs: 700,
  });
  await expect(rejected).rejects.toMatchObject({ code: "command.not-ready" });
  expect(runs(Number(readFileSync(logFile, "utf8")))).toBe(false);
});

test("a program that does not exist is a problem that names it", async () => {
  await expect(startTarget({ name: "target", command: "no-such-program --flag", logFile })).rejects.toMatchObject({
    code: "command.not-started",
    found: "no-such-program",
  });
});
