import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { restartTarget } from "../../src/monitor/restart.js";

const dir = mkdtempSync(join(tmpdir(), "loadline-restart-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const node = (code: string) => `"${process.execPath}" -e '${code}'`;

test("the command runs to its end, without a shell", async () => {
  const file = join(dir, "out");
  await restartTarget({
    command: `${node('require("fs").writeFileSync(process.argv[1], process.argv[2])')} ${file} '$HOME;x'`,
  });
  expect(readFileSync(file, "utf8")).toBe("$HOME;x");
});

test("the target is waited for until it answers below 500", async () => {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    response.writeHead(asked < 3 ? 503 : 404).end();
  }).listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const readyUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await restartTarget({ command: node(""), readyUrl });
  expect(asked).toBe(3);
  await new Promise((done) => server.close(done));
  await expect(restartTarget({ command: node(""), readyUrl, timeoutMs: 2000 })).rejects.toMatchObject({
    code: "restart.not-ready",
    found: readyUrl,
  });
});

test.each([
  ["fails", () => node('console.error("no such unit"); process.exit(4)'), "restart.failed", /no such unit/],
  ["is not there", () => join(dir, "missing"), "restart.failed", /ENOENT/],
  ["does not end", () => node("setInterval(() => {}, 1000)"), "restart.timed-out", /--command/],
] as const)("a command that %s is told with what it said", async (_, command, code, hint) => {
  await expect(restartTarget({ command: command(), timeoutMs: 3000 })).rejects.toMatchObject({
    code,
    at: "--restart-command",
    hint: expect.stringMatching(hint),
  });
});

test("a daemon that it leaves behind holds nothing up", async () => {
  const script = join(dir, "start.cjs");
  writeFileSync(
    script,
    `require("child_process").spawn(process.execPath, ["-e", "setTimeout(() => {}, 8000)"], { stdio: "inherit", detached: true }).unref();`,
  );
  const start = performance.now();
  await restartTarget({ command: `"${process.execPath}" ${script}` });
  expect(performance.now() - start).toBeLessThan(7000);
});
