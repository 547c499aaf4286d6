import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../free-port.js";
import { ask } from "./asking.js";

const isInstalled = (() => {
  try {
    execFileSync("redis-server", ["--version"]);
    return true;
  } catch {
    return false;
  }
})();
if (!isInstalled) console.warn("SKIPPED: redis-server is not installed (apt-get install redis-server)");

let folder: string;
let port: number;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "loadline-redis-"));
  port = await freePort();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Written, killed by SIGKILL, started again, read. */
function probe(settings: string) {
  const cli = `redis-cli -h 127.0.0.1 -p ${port}`;
  return ask(
    {
      kind: "persistence",
      start: { command: `redis-server --port ${port} --bind 127.0.0.1 --dir ${folder} --save '' ${settings}` },
      break: { signal: "SIGKILL" },
      restore: "start-again",
      health: { command: `${cli} ping`, output: "PONG" },
      write: [
        { command: `${cli} set order:1 paid`, output: "OK" },
        { command: `${cli} incrby total 41`, output: "41" },
      ],
      read: [
        { command: `${cli} get order:1`, output: "paid" },
        { command: `${cli} incr total`, output: "42" },
      ],
      within: "5m",
    },
    { folder },
  );
}

test.skipIf(!isInstalled)(
  "with an append-only file every write survives a kill, and the recovery is timed",
  async () => {
    const result = await probe("--appendonly yes --appendfsync always");
    expect(result.reason).toMatch(/^healthy again after .*, with what was written before$/);
    expect(result.state).toBe("pass");
    expect(result.figures?.recoveryMs).toBeLessThan(60_000);
  },
);

test.skipIf(!isInstalled)("without one the writes are gone, and the probe says which", async () => {
  rmSync(join(folder, "appendonlydir"), { recursive: true, force: true });
  const result = await probe("--appendonly no");
  expect([result.state, result.reason]).toEqual(["fail", 'read 1 of 2: the output is "", not "paid"']);
});
