import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../free-port.js";
import { ask } from "./asking.js";

const versions = "/usr/lib/postgresql";
const programs = existsSync(versions)
  ? readdirSync(versions)
      .map((version) => join(versions, version, "bin"))
      .find((folder) => existsSync(join(folder, "initdb")))
  : undefined;
/** PostgreSQL refuses to run as root; Debian's package brings a user of its own. */
const isRoot = process.getuid?.() === 0;
const isInstalled = programs !== undefined && (!isRoot || hasUser("postgres"));
if (!isInstalled) console.warn("SKIPPED: PostgreSQL is not installed (apt-get install postgresql)");

function hasUser(name: string): boolean {
  try {
    execFileSync("id", [name], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function run(program: string, ...words: readonly string[]): void {
  const command = [join(programs!, program), ...words];
  const whole = isRoot ? ["runuser", "-u", "postgres", "--", ...command] : command;
  execFileSync(whole[0]!, whole.slice(1), { cwd: folder, stdio: "ignore" });
}

let folder: string;
let port: number;
beforeAll(async () => {
  if (!isInstalled) return;
  // Its own user must be able to get there, so not below a temporary folder that is ours alone.
  folder = mkdtempSync("/tmp/loadline-postgres-");
  if (isRoot) {
    const uid = Number(execFileSync("id", ["-u", "postgres"], { encoding: "utf8" }));
    chownSync(folder, uid, uid);
  }
  port = await freePort();
  run("initdb", "-D", join(folder, "db"), "-A", "trust", "-U", "bench", "--no-sync");
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder} -c fsync=off`;
  run("pg_ctl", "-D", join(folder, "db"), "-w", "-l", join(folder, "log"), "-o", settings, "start");
  run("pgbench", "-h", "127.0.0.1", "-p", String(port), "-U", "bench", "-i", "-q", "postgres");
}, 60_000);
afterAll(() => {
  if (!isInstalled) return;
  run("pg_ctl", "-D", join(folder, "db"), "-m", "immediate", "stop");
  rmSync(folder, { recursive: true, force: true });
});

function throughput(atLeast: number) {
  const command = `pgbench -h 127.0.0.1 -p ${port} -U bench -c 2 -T 2 postgres`;
  return ask({ kind: "command", command, number: { pattern: /tps = ([\d.]+)/, is: { atLeast } } });
}

test.skipIf(!isInstalled)("pgbench's transactions a second are held against a limit", async () => {
  const enough = await throughput(5);
  expect(enough.reason).toBe("as expected");
  expect(enough.figures?.value).toBeGreaterThan(5);
  const tooFew = await throughput(10_000_000);
  expect([tooFew.state, tooFew.reason]).toEqual([
    "fail",
    expect.stringMatching(/^the number is [\d.]+, not at least 10000000$/),
  ]);
});
