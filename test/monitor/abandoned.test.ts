import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { buildSync } from "esbuild";
import { afterAll, afterEach, expect, test } from "vitest";
import { eventually, runs } from "./children.js";

// Child processes cannot load TypeScript: what they run is bundled as it is.
const folder = mkdtempSync(join(tmpdir(), "loadline-abandoned-"));
chmodSync(folder, 0o755);
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program that imports from src/monitor. @returns its first line, as JSON */
async function run(name: string, contents: string, uid?: number): Promise<{ child: ChildProcess; said: unknown }> {
  const outfile = join(folder, `${name}.cjs`);
  const stdin = { contents, resolveDir: join(import.meta.dirname, "../../src/monitor"), loader: "ts" } as const;
  buildSync({ stdin, bundle: true, platform: "node", format: "cjs", outfile });
  const child = spawn(process.execPath, [outfile], {
    stdio: ["ignore", "pipe", "inherit"],
    cwd: folder,
    ...(uid === undefined ? {} : { uid }),
  });
  children.push(child);
  const [line] = (await once(createInterface({ input: child.stdout! }), "line")) as [string];
  return { child, said: JSON.parse(line) };
}

test("when the harness is killed, what it started ends with it, children included", async () => {
  const target = join(folder, "target.cjs");
  const { child, said } = await run(
    "harness",
    `import { writeFileSync } from "node:fs";
     import { startTarget } from "./command.js";
     writeFileSync(${JSON.stringify(target)}, \`
       const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
       console.log(JSON.stringify({ event: "listening", url: "http://child/" + child.pid }));
       setInterval(() => {}, 1000);\`);
     startTarget({ name: "target", command: process.execPath + " ${target}", logFile: ${JSON.stringify(join(folder, "log"))} })
       .then(({ pid, url }) => console.log(JSON.stringify([pid, Number(url!.split("/").at(-1))])));
     setInterval(() => {}, 1000);`,
  );
  const [targetPid, childPid] = said as [number, number];
  expect(runs(targetPid)).toBe(true);
  expect(runs(childPid)).toBe(true);
  child.kill("SIGKILL");
  expect(await eventually(() => !runs(targetPid) && !runs(childPid))).toBe(true);
});

test("without permission for the PSS the run goes on, says so once, and has the rest", async () => {
  const nobody = 65_534;
  const { said } = await run(
    "watcher",
    `import { watchProcess } from "./process.js";
     const source = watchProcess({ name: "target", pid: 1 });
     const samples = [];
     (async () => {
       samples.push(await source.sample(0), await source.sample(1000));
       console.log(JSON.stringify(samples));
     })();`,
    process.getuid?.() === 0 ? nobody : undefined,
  );
  const [first, second] = said as [Record<string, unknown>, Record<string, unknown>];
  expect(first).toMatchObject({ event: "no permission for PSS" });
  expect(first.rssBytes).toBeGreaterThan(0);
  expect(first).not.toHaveProperty("pssBytes");
  expect(second).not.toHaveProperty("event");
  expect(second).not.toHaveProperty("pssBytes");
});
