import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { bin, loadline, scratch } from "./loadline.js";

const places: ReturnType<typeof scratch>[] = [];
afterAll(() => {
  for (const place of places) place.remove();
});
const folder = (): string => {
  places.push(scratch());
  return places.at(-1)!.dir;
};

/** The commands that `init` prints, as words. */
function printed(stdout: string): string[][] {
  // Under npx it says so.
  const lines = stdout.split("\n").flatMap((line) => /^ {2}(?:npx )?(loadline .*)/.exec(line)?.[1] ?? []);
  return lines.map((line) => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((word) => word[1] ?? word[2]!).slice(1));
}

test("what it writes runs at once against the built-in target, up to a verified sign-off, with the commands it prints", async () => {
  const dir = folder();
  const init = await loadline(["init"], dir);
  expect(init.code, init.stderr).toBe(0);
  const commands = printed(init.stdout);
  expect(commands.map(([command]) => command)).toEqual(["run", "attest", "checklist", "signoff", "verify"]);
  for (const words of commands) {
    const quick = words.map((word) => word.replace("RATE=200", "RATE=20").replace("DURATION=10s", "DURATION=8s"));
    let { code, stdout, stderr } = await loadline(quick, dir);
    // A machine that is too busy to drive the load has made a run that proves nothing: once more.
    for (let i = 0; i < 3 && code === 112; i += 1) ({ code, stdout, stderr } = await loadline(quick, dir));
    expect(code, `${words.join(" ")}\n${stdout}\n${stderr}`).toBe(0);
  }
}, 180_000);

test("what is there stays as it was, links included, unless --force is given", async () => {
  const dir = folder();
  writeFileSync(join(dir, "loadline.config.ts"), "mine");
  mkdirSync(join(dir, "checklists"));
  symlinkSync(join(dir, "elsewhere.md"), join(dir, "checklists", "first-release.md"));
  const first = await loadline(["init", "--json"], dir);
  expect(JSON.parse(first.stdout)).toMatchObject({
    kept: ["loadline.config.ts", "checklists/first-release.md"],
    written: expect.arrayContaining(["scenarios/api-baseline.ts"]),
  });
  expect(readFileSync(join(dir, "loadline.config.ts"), "utf8")).toBe("mine");
  const forced = await loadline(["init", "--force"], dir);
  expect(forced.stdout).not.toContain("kept");
  expect(readFileSync(join(dir, "loadline.config.ts"), "utf8")).toContain("defineConfig");
  expect(existsSync(join(dir, "elsewhere.md"))).toBe(false);
});

test("ready checklists are listed and added by name; a wrong name writes nothing", async () => {
  const dir = folder();
  const listed = await loadline(["init", "--list"], dir);
  expect(listed.stdout.split("\n").map((line) => line.split(" ")[0])).toContain("staging-canary");
  const wrong = await loadline(["init", "--checklist", "staging-canry"], dir);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('Did you mean "staging-canary"?')]);
  expect(readdirSync(dir)).toEqual([]);
  expect((await loadline(["init", "deep/er", "--checklist", "all"], dir)).code).toBe(0);
  expect(readdirSync(join(dir, "deep/er/checklists")).filter((name) => name.endsWith(".md"))).toHaveLength(5);
});

test("a file where a folder is needed is told with the remedy", async () => {
  const dir = folder();
  writeFileSync(join(dir, "scenarios"), "a file");
  const { code, stderr } = await loadline(["init"], dir);
  expect([code, stderr]).toEqual([104, expect.stringMatching(/init\.not-writable/)]);
  expect(stderr).toContain("loadline init FOLDER");
});

const hasScript = existsSync("/usr/bin/script");

test.skipIf(!hasScript).each([
  ["ctrl-C", "\u0003"],
  ["ctrl-D", "\u0004"],
])("%s at its question on a real terminal stops it with 105, and nothing is written", async (_, key) => {
  const dir = folder();
  const child = spawn("script", ["-qec", `'${process.execPath}' '${bin}' init`, "/dev/null"], {
    cwd: dir,
    env: { ...process.env, CI: undefined, TERM: "xterm" },
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (text.includes("Enter for none: ")) child.stdin.write(key);
  });
  const code = await new Promise((ended) => child.on("close", ended));
  expect(said).toContain("nothing was written");
  expect(said).not.toContain("    at ");
  expect(code).toBe(105);
  expect(readdirSync(dir)).toEqual([]);
});
