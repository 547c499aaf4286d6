import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadline, manifestOf, runFolder, scratch, scripts } from "./loadline.js";

const broken = join(import.meta.dirname, "../fixtures/broken");
const place = scratch();
const dir = (): string => mkdtempSync(join(place.dir, "case-"));
let closedPort = 0;

beforeAll(async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closedPort = (server.address() as { port: number }).port;
  await new Promise((resolve) => server.close(resolve));
});
afterAll(() => place.remove());

describe("bad input has a clear message and its exit code", () => {
  test.each<[name: string, code: number, args: string[], says: RegExp[]]>([
    ["no such script", 104, ["run", "nowhere.js"], [/nowhere\.js/, /script\.not-found/]],
    [
      "a syntax error",
      107,
      ["run", join(broken, "syntax.js")],
      [/http\.get\("http:\/\/127\.0\.0\.1:1\/"/, /4:\d+/, /\^/],
    ],
    ["an import that is not there", 107, ["run", join(broken, "import.js")], [/There is no module k6\/nope/]],
    ["a request outside of functions", 107, ["run", join(broken, "request.js")], [/init phase has no requests/]],
    ["an unknown option of a scenario", 104, ["run", join(broken, "option.js")], [/durration/, /duration/]],
    ["a threshold with a typo", 104, ["run", join(broken, "threshold.js")], [/p\(95\)<<200/, /\^/]],
    ["an unknown flag", 2, ["run", "x.js", "--no-such-flag"], [/--no-such-flag/]],
    ["an unknown command", 2, ["frobnicate"], [/frobnicate/]],
    ["a pid that is no number", 2, ["run", "x.js", "--pid", "abc"], [/process id/]],
    ["a pid that does not exist", 104, ["run", join(scripts, "throws.js"), "--pid", "99999999"], [/99999999/]],
    [
      "a command that cannot start",
      104,
      ["run", join(scripts, "throws.js"), "--command", "/no/such/program"],
      [/no\/such/],
    ],
    ["no such run", 104, ["report", "latest"], [/There is no run/]],
    ["no such baseline to show", 104, ["baseline", "show", "api"], [/no baseline "main" of api/]],
  ])("%s", async (_name, code, args, says) => {
    const outcome = await loadline(args, dir());
    expect(outcome.code, outcome.stderr).toBe(code);
    for (const text of says) expect(outcome.stderr).toMatch(text);
    expect(outcome.stderr).not.toContain("    at ");
  });
});

test("a target that refuses: the run ends by itself, says that nobody answered, and is invalid: 112", async () => {
  const cwd = dir();
  const { code, stdout } = await loadline(
    ["run", join(scripts, "get.js"), "-e", `BASE_URL=http://127.0.0.1:${closedPort}`],
    cwd,
  );
  expect(code).toBe(112);
  expect(stdout).toContain("the target was never reached");
  expect(manifestOf(runFolder(cwd, "get")).validity.state).toBe("invalid");
});

test("a corrupt baseline file is told with its place, and is not touched", async () => {
  const cwd = dir();
  const target = join(cwd, "baselines", "throws");
  mkdirSync(target, { recursive: true });
  await loadline(["run", join(scripts, "throws.js"), "-q"], cwd);
  const file = join(target, "main.json");
  for (const text of ['{ "schema": "loadline.baseline/1", ', '{ "schema": "loadline.baseline/1", "name": 7 }']) {
    writeFileSync(file, text);
    const { code, stderr } = await loadline(["compare", "throws/latest"], cwd);
    expect(code, stderr).toBe(104);
    expect(stderr).toContain("main.json");
    expect(readFileSync(file, "utf8")).toBe(text);
  }
});

test("a reports folder that is a file is refused before any load", async () => {
  const cwd = dir();
  writeFileSync(join(cwd, "reports"), "not a folder");
  const { code, stderr } = await loadline(["run", join(scripts, "throws.js")], cwd);
  expect(code).toBe(104);
  expect(stderr).toMatch(/cannot be written[\s\S]*--reports DIR/);
  expect(readFileSync(join(cwd, "reports"), "utf8")).toBe("not a folder");
});

const canMount = process.getuid?.() === 0 && spawnSync("unshare", ["-m", "true"]).status === 0;

test.skipIf(!canMount)(
  "a disk that fills up ends the run with the reason, and what was written can be read (needs root and mount namespaces)",
  async () => {
    const cwd = dir();
    mkdirSync(join(cwd, "full"));
    const inside = [
      `mount -t tmpfs -o size=24k none ${join(cwd, "full")}`,
      `"$0" "$@"`,
      `code=$?; cp -r ${join(cwd, "full")}/. ${cwd}/kept; exit $code`,
    ].join("; ");
    const { bin } = await import("./loadline.js");
    const args = [
      bin,
      "run",
      join(scripts, "get.js"),
      "-e",
      `BASE_URL=http://127.0.0.1:${closedPort}`,
      "-e",
      "DURATION=60s",
      "--reports",
      join(cwd, "full"),
    ];
    const { status, stderr } = spawnSync("unshare", ["-m", "sh", "-c", inside, process.execPath, ...args], {
      cwd,
      encoding: "utf8",
      env: { ...process.env, CI: "true" },
    });
    expect(status, stderr).toBe(104);
    expect(stderr).toMatch(/could not be recorded in full[\s\S]*space/);
    const { code } = await loadline(["report", "latest", "--reports", join(cwd, "kept"), "--json"], cwd);
    expect(code).toBe(0);
  },
  90_000,
);

test.each([
  [["baseline", "accept", "x", "--keep", "many"], "--keep"],
  [["baseline", "diff", "x"], "missing required argument"],
  [["baseline", "frobnicate"], "unknown command"],
  [["run", "x.js", "--restart-command", "true"], "--restart-command"],
  [["history", "x", "--min-effect", "abc"], "--min-effect"],
  [["ab", "x.js", "--a", "http://127.0.0.1:1", "--b", "http://127.0.0.1:1", "--gate", "p95"], "gate"],
])("%j is wrong usage or a wrong option, said before anything is done", async (words, what) => {
  const { code, stderr } = await loadline(words, dir());
  expect([2, 104], stderr).toContain(code);
  expect(stderr).toContain(what);
});
