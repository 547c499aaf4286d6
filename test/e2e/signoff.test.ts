import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { demoTarget, loadline, runFolder, scratch } from "./loadline.js";

const { dir, remove } = scratch();
const checklist = join("checklists", "release.md");
const ledger = join(dir, "checklists", "ledger.ndjson");

beforeAll(async () => {
  mkdirSync(join(dir, "checklists"));
  writeFileSync(join(dir, checklist), "# Release\n- [ ] Checks hold <!-- loadline: attest -->\n- [ ] *Cleaned* up\n");
  const probes = '{ health: { kind: "http", url: "/health" }, late: { kind: "env", names: ["PATH"] } }';
  writeFileSync(join(dir, "loadline.config.ts"), `export default { probes: ${probes} };\n`);
  const target = await demoTarget();
  const script = join(import.meta.dirname, "../../scenarios/api-baseline.ts");
  // Nothing here rests on its figures: a run that is too short to be judged will do.
  const words = ["-e", `BASE_URL=${target.url}`, "-e", "RATE=20", "-e", "DURATION=2s", "--label", "version=2.1"];
  // A port that nobody listens on: watched, and silent.
  words.push("--metrics-url", "gone=http://127.0.0.1:9/metrics");
  const run = await loadline(["run", script, ...words, "--quiet", "--no-thresholds"], dir);
  await target.stop();
  expect([0, 112], run.stderr).toContain(run.code);
  for (const words of [
    ["checks-hold", "--by", "Ada"],
    ["cleaned-up", "--waive", "--by", "Bo", "--note", "in 2.2", "--expires", "9d"],
  ]) {
    const said = await loadline(["attest", ...words], dir);
    expect(said.code, said.stderr).toBe(0);
  }
}, 60_000);
afterAll(remove);

function signOff(words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const about = ["--run", "api-baseline/latest", "--service", "shop", "--version", "2.1", "--by", "Ada"];
  return loadline(["signoff", checklist, ...about, ...words], dir, env);
}

/** A receiver that answers as told, and keeps what it got. */
async function receiver(status: number) {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => {
      body += part;
    });
    request.on("end", () => {
      bodies.push(`${request.headers.authorization ?? ""}${body}`);
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}/secret-path`;
  return { bodies, address, close: () => new Promise((closed) => server.close(closed)) };
}

const entries = () => readFileSync(ledger, "utf8").split("\n").length - 1;
const verified = async () => (await loadline(["verify"], dir)).code;

test("a webhook hears of a sign-off: the envelope of every notice, who signed what, and what was waived", async () => {
  const hook = await receiver(200);
  const sealed = await signOff(["--webhook", `http://${hook.address}`, "--out", "told", "--json"]);
  await hook.close();
  expect(sealed.code, sealed.stderr).toBe(0);
  expect(sealed.stderr).toBe("");
  expect(hook.bodies).toHaveLength(1);
  const notice = JSON.parse(hook.bodies[0]!);
  const { statement } = JSON.parse(sealed.stdout) as { statement: string };
  expect(notice).toMatchObject({
    schema: "loadline.notice/1",
    event: "signoff.finished",
    exitCode: 0,
    signOff: { service: "shop", version: "2.1", by: "Ada" },
    run: { scenario: "api-baseline" },
    counts: { attested: 1, waived: 1 },
    waived: [{ text: "Cleaned up" }],
    signature: null,
  });
  const sha256 = createHash("sha256")
    .update(readFileSync(join(dir, statement)))
    .digest("hex");
  expect(notice.statement).toEqual({ path: statement, sha256 });
  expect(notice.text).toContain("shop 2.1");
  expect(notice.text).toContain("Waived by Bo");
  for (const at of [notice.startedAt, notice.endedAt]) expect(Date.parse(at)).toBeGreaterThan(0);
});

test("the address may come from the environment, with a user and password, and is never told", async () => {
  const hook = await receiver(410);
  const sealed = await signOff(["--out", "refused"], { LOADLINE_WEBHOOK: `http://ada:pa%20ss@${hook.address}` });
  await hook.close();
  expect(sealed.code).toBe(0);
  expect(hook.bodies).toHaveLength(1);
  expect(hook.bodies[0]).toContain(`Basic ${Buffer.from("ada:pa ss").toString("base64")}`);
  expect(sealed.stderr).toBe("warn  The webhook was not told: it answered 410. The sign-off stands.\n");
  expect(await verified()).toBe(0);
});

test("a receiver that is not there undoes nothing: told on stderr, exit 0, and verify holds", async () => {
  const hook = await receiver(200);
  await hook.close();
  const before = entries();
  const sealed = await signOff(["--webhook", `http://${hook.address}`, "--out", "unheard"]);
  expect(sealed.code).toBe(0);
  expect(sealed.stdout).toContain("statement  unheard/statement.json");
  expect(sealed.stderr).toMatch(
    /^warn {2}The webhook was not told: it could not be reached \(ECONNREFUSED\)\. The sign/,
  );
  expect(sealed.stderr).not.toContain("secret-path");
  expect(entries()).toBe(before + 1);
  expect(await verified()).toBe(0);
}, 30_000);

test("a flag that is no address is refused before anything is sealed; one in the environment is only told", async () => {
  const before = entries();
  const refused = await signOff(["--webhook", "hooks.example/secret", "--out", "never"]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("usage.webhook");
  expect(refused.stderr).not.toContain("secret");
  expect(existsSync(join(dir, "never"))).toBe(false);
  expect(entries()).toBe(before);
  const told = await signOff(["--out", "env"], { LOADLINE_WEBHOOK: "ftp://hooks.example/secret" });
  expect(told.code).toBe(0);
  expect(told.stderr).toBe("warn  The webhook was not told: what it is set to is no address. The sign-off stands.\n");
});

test("a signature that fails leaves nothing behind, neither beside the ledger nor in it", async () => {
  const before = entries();
  const refused = await signOff(["--sign", "no-such-key"]);
  expect(refused.code).toBe(104);
  expect(refused.stderr).toContain("signoff.not-signed");
  expect(existsSync(join(dir, "checklists", "signoffs"))).toBe(false);
  expect(entries()).toBe(before);
  expect(await verified()).toBe(0);
});

test("stopped while a passphrase is asked for, it leaves nothing behind", async () => {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(dir, "key")]);
  // Stands for an ssh-keygen that waits for its user, and that the terminal's ctrl-C reaches, too.
  const slow = join(dir, "slow");
  mkdirSync(slow);
  writeFileSync(join(slow, "ssh-keygen"), "#!/bin/sh\nkill -INT $PPID\nsleep 0.3\nexit 130\n");
  chmodSync(join(slow, "ssh-keygen"), 0o755);
  const before = entries();
  const stopped = await signOff(["--sign", "key"], { PATH: `${slow}:${process.env.PATH}` });
  expect(stopped.code, stopped.stderr).toBe(105);
  expect(stopped.stderr).toContain("nothing was sealed");
  expect(existsSync(join(dir, "checklists", "signoffs"))).toBe(false);
  expect(readdirSync(join(dir, "checklists")).filter((name) => name.startsWith("."))).toEqual([]);
  expect(entries()).toBe(before);
  const signed = await signOff(["--sign", "key", "--out", "signed"]);
  expect(signed.code, signed.stderr).toBe(0);
  expect(readdirSync(join(dir, "signed")).sort()).toEqual([
    ...["checklist.html", "checklist.md", "statement.json", "statement.json.sig"],
  ]);
  expect(await verified()).toBe(0);
});

test("a folder that holds a file of the same name is refused, and the file stays as it was", async () => {
  mkdirSync(join(dir, "mine"));
  writeFileSync(join(dir, "mine", "checklist.md"), "mine");
  const refused = await signOff(["--out", "mine"]);
  expect(refused.code).toBe(104);
  expect(refused.stderr).toContain("signoff.exists");
  expect(readFileSync(join(dir, "mine", "checklist.md"), "utf8")).toBe("mine");
  const nowhere = await signOff(["--out", join(checklist, "below")]);
  expect(nowhere.code).toBe(104);
  expect(nowhere.stderr).toContain("signoff.not-writable");
});

test("what was declared and gave no evidence is said by the checklist, sealed, and said again by verify", async () => {
  const silent = [
    "The source gone was watched and gave no figure (unavailable: connection refused).",
    "The probe health is declared in the config and was not asked.",
  ];
  const judged = await loadline(["checklist", checklist, "--run", "api-baseline/latest"], dir);
  expect(judged.code).toBe(0);
  expect(judged.stdout).toContain("Declared, and silent:");
  for (const sentence of silent) expect(judged.stdout).toContain(sentence);
  const page = judged.stderr.match(/wrote {2}(\S+\.html)/)![1]!;
  expect(readFileSync(join(dir, page), "utf8")).toContain("1 of 4 declared scenarios, sources and probes");

  // The first of two sign-offs heard the probe; the second is of a run that knows of no such probe any more.
  const answers = join(dir, "probes.json");
  const answer = { kind: "http", state: "pass", at: new Date().toISOString(), asked: "", answered: "", reason: "" };
  writeFileSync(answers, JSON.stringify([{ ...answer, name: "old", durationMs: 1 }]));
  expect((await signOff(["--out", "heard", "--probes", "probes.json"])).code).toBe(0);
  const last = JSON.parse(readFileSync(ledger, "utf8").trimEnd().split("\n").at(-1)!);
  expect(last.silent).toEqual(["source gone", "probe health", "probe late"]);
  expect((await signOff(["--out", "unheard-of"])).code).toBe(0);
  const { code, stdout } = await loadline(["verify", "unheard-of"], dir);
  expect(code, stdout).toBe(0);
  for (const sentence of silent) expect(stdout).toContain(`note  shop 2.1: silent. ${sentence}`);
  expect(stdout).toContain("note  shop 2.1: gone. The probe old gave evidence for 2.1, and is not declared any more.");
  expect(await verified()).toBe(0);
});

describe("mistakes are told, with a code and without a stack", () => {
  const judge = (...words: string[]) => loadline(["checklist", checklist, ...words], dir);
  const attest = (...words: string[]) => loadline(["attest", "asked", "--checklist", "asked.md", ...words], dir);

  test.each<[what: string, words: string[], code: number, said: string]>([
    ["a ledger that is a folder", ["checklist", checklist, "--ledger", "."], 104, "ledger.unreadable"],
    ["the same for verify", ["verify", "--ledger", "checklists"], 104, "ledger.unreadable"],
    ["a page that is a folder", ["checklist", checklist, "--html", "."], 104, "output.not-writable"],
    ["a folder that is a file", ["checklist", checklist, "--junit", `${checklist}/x.xml`], 104, "output.not-writable"],
    ["signers that are not there", ["verify", "--allowed-signers", "nobody"], 104, "verify.no-signers"],
    ["a wrong file, which has no items", ["checklist", "loadline.config.ts"], 113, "The document has no items."],
  ])("%s", async (_, words, code, said) => {
    const outcome = await loadline(words, dir);
    expect(outcome.code, outcome.stderr).toBe(code);
    expect(outcome.stdout + outcome.stderr).toContain(said);
    expect(outcome.stderr).not.toContain("    at ");
  });

  test("what cannot be written does not hide what was found", async () => {
    const outcome = await judge("--html", ".");
    expect(outcome.stdout).toContain("All 2 items are settled");
  });

  test("a run that cannot be written any more is judged all the same, with a warning", async () => {
    const place = join(runFolder(dir, "api-baseline"), "checklists");
    rmSync(place, { recursive: true, force: true });
    writeFileSync(place, "");
    const outcome = await judge("--run", "api-baseline/latest");
    rmSync(place);
    expect(outcome.code, outcome.stderr).toBe(0);
    expect(outcome.stdout).toContain("All 2 items are settled");
    expect(outcome.stderr).toMatch(/^warn {2}.*cannot be written/);
  });

  test("a word that could settle nothing is refused: another role, no time, two wishes at once", async () => {
    writeFileSync(join(dir, "asked.md"), "# A\n- [ ] Asked <!-- loadline: attest role=sre -->\n");
    const before = entries();
    const other = await attest("--by", "Ada", "--role", "dev");
    expect(other.stderr).toMatch(/found +dev\n +expected sre/);
    const codes = [other.code];
    for (const words of [
      ["--expires", "30"],
      ["--expires", "99999999d"],
      ["--waive", "--revoke"],
    ])
      codes.push((await attest("--by", "Ada", "--role", "sre", ...words)).code);
    expect(codes).toEqual([2, 2, 2, 2]);
    expect(entries()).toBe(before);
  });

  test("a sign-off without a name is refused before anything is judged", async () => {
    const about = ["--run", "api-baseline/latest", "--version", "2.1", "--by", "Ada", "--service", " "];
    const outcome = await loadline(["signoff", checklist, ...about], dir);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain("--service is empty");
  });

  test("verify names a changed file by its path from here", async () => {
    expect((await signOff(["--out", "changed"])).code).toBe(0);
    const path = join(dir, checklist);
    const whole = readFileSync(path, "utf8");
    writeFileSync(path, `${whole}\n`);
    const { stdout } = await loadline(["verify"], dir);
    writeFileSync(path, whole);
    expect(stdout).toContain(`BAD   subject ${checklist}: The file was changed after it was sealed.`);
  });
});
