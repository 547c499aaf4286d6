import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import type { GroupSummary, RunManifest } from "../../src/model/run.js";
import { CommandLine, type Ended } from "./command-lines.js";
import { type CorpusTarget, startTarget } from "./target.js";

// Each script stands for one documented behaviour of k6, and runs through the command line's own entry.
// `npm test` builds dist/ first; LOADLINE_DIST names another build.

const scripts = fileURLToPath(new URL("./scripts", import.meta.url));
const dist = resolve(process.env.LOADLINE_DIST ?? fileURLToPath(new URL("../../dist", import.meta.url)));
/** Scripts at the same time: the machine has other work. */
const atOnce = 3;

/** What must have happened. Absent fields are not looked at. */
interface Expectation {
  readonly about: string;
  readonly args?: readonly string[];
  /** `{HOST}` stands for the service's host and port. */
  readonly env?: Readonly<Record<string, string>>;
  /** As the server saw them, in order; sorted first where `anyOrder`. */
  readonly requests?: readonly string[];
  readonly anyOrder?: boolean;
  /** How many requests there were: exactly, or from and to. */
  readonly requestCount?: number | readonly [number, number];
  /** By index of the request: headers that it must have had; null for one that it must not. */
  readonly headers?: Readonly<Record<string, Readonly<Record<string, string | null>>>>;
  /** By name of the check: passes and fails. */
  readonly checks?: Readonly<Record<string, readonly [number, number]>>;
  /** `metric.value`: exactly, or from and to. */
  readonly metrics?: Readonly<Record<string, number | readonly [number, number]>>;
  readonly absentMetrics?: readonly string[];
  readonly groups?: readonly string[];
  /** Regular expressions. */
  readonly stdout?: readonly string[];
  readonly stderr?: readonly string[];
  readonly notStderr?: readonly string[];
  /** Files that the run wrote into its working folder: a regular expression for the content. */
  readonly writes?: Readonly<Record<string, string>>;
  readonly exit: number;
}

interface Outcome extends Ended {
  readonly manifest: RunManifest | undefined;
  readonly target: CorpusTarget;
  readonly folder: string;
}

const idle = Array.from({ length: atOnce }, () => new CommandLine(join(dist, "cli/main.js")));
const all = [...idle];
const waiting: ((free: CommandLine) => void)[] = [];
afterAll(() => {
  for (const one of all) one.stop();
});

async function inTurn<T>(work: (commandLine: CommandLine) => Promise<T>): Promise<T> {
  const commandLine = idle.pop() ?? (await new Promise<CommandLine>((go) => waiting.push(go)));
  try {
    return await work(commandLine);
  } finally {
    const next = waiting.shift();
    if (next === undefined) idle.push(commandLine);
    else next(commandLine);
  }
}

async function run(commandLine: CommandLine, script: string, expected: Expectation): Promise<Outcome> {
  const target = await startTarget();
  const folder = mkdtempSync(join(tmpdir(), "loadline-corpus-"));
  const words = ["run", join(scripts, script), "--no-color", "-e", `URL=${target.url}`];
  words.push("-e", `SECURE_URL=${target.secureUrl}`);
  const host = target.url.slice("http://".length);
  const env = Object.entries(expected.env ?? {}).map(([name, value]) => [name, value.replace("{HOST}", host)]);
  const ended = await commandLine.run([...words, ...(expected.args ?? [])], folder, {
    PATH: process.env.PATH ?? "",
    HOME: folder,
    ...Object.fromEntries(env),
  });
  target.close();
  return { ...ended, manifest: manifestIn(folder), target, folder };
}

function manifestIn(folder: string): RunManifest | undefined {
  const reports = join(folder, "reports");
  const scenario = existsSync(reports) ? readdirSync(reports)[0] : undefined;
  if (scenario === undefined) return undefined;
  const id = readdirSync(join(reports, scenario))[0];
  if (id === undefined) return undefined;
  return JSON.parse(readFileSync(join(reports, scenario, id, "run.json"), "utf8")) as RunManifest;
}

function checksOf(group: GroupSummary | undefined): Record<string, readonly [number, number]> {
  if (group === undefined) return {};
  const own = group.checks.map(({ name, passes, fails }) => [name, [passes, fails]] as const);
  return Object.assign(Object.fromEntries(own), ...group.groups.map(checksOf));
}

function groupsOf(group: GroupSummary | undefined): string[] {
  if (group === undefined) return [];
  return [...(group.path === "" ? [] : [group.path]), ...group.groups.flatMap(groupsOf)];
}

function expectNumber(found: number | undefined, wanted: number | readonly [number, number], what: string): void {
  if (typeof wanted === "number") expect(found, what).toBeCloseTo(wanted, 6);
  else {
    expect(found, what).toBeGreaterThanOrEqual(wanted[0]);
    expect(found, what).toBeLessThanOrEqual(wanted[1]);
  }
}

function compare(expected: Expectation, outcome: Outcome): void {
  const { exit, stdout, stderr, manifest, target } = outcome;
  const spoken = `${stdout}\n${stderr}`;
  // On a busy machine the generator may come late, which a run of few arrivals must say: that is no fault of the script.
  const late = exit === 112 && (manifest?.validity.reasons ?? []).some(({ code }) => code.startsWith("generator-"));
  if (!(late && expected.exit === 0)) expect(exit, spoken).toBe(expected.exit);
  const lines = target.seen.map(({ line }) => line);
  if (expected.requests !== undefined) {
    const found = expected.anyOrder === true ? lines.toSorted() : lines;
    expect(found, spoken).toEqual(expected.anyOrder === true ? expected.requests.toSorted() : expected.requests);
  }
  if (expected.requestCount !== undefined) expectNumber(lines.length, expected.requestCount, "requests");
  for (const [index, headers] of Object.entries(expected.headers ?? {})) {
    for (const [name, value] of Object.entries(headers)) {
      const found = target.seen[Number(index)]?.headers[name];
      if (value === null) expect(found, name).toBeUndefined();
      else expect(found, name).toMatch(new RegExp(value));
    }
  }
  const metrics = manifest?.summary?.metrics ?? {};
  for (const [path, wanted] of Object.entries(expected.metrics ?? {})) {
    const dot = path.indexOf(".");
    expectNumber(metrics[path.slice(0, dot)]?.values[path.slice(dot + 1)], wanted, `${path}\n${spoken}`);
  }
  for (const name of expected.absentMetrics ?? []) expect(metrics[name], name).toBeUndefined();
  if (expected.checks !== undefined) expect(checksOf(manifest?.summary?.root_group), spoken).toEqual(expected.checks);
  if (expected.groups !== undefined) expect(groupsOf(manifest?.summary?.root_group)).toEqual(expected.groups);
  for (const pattern of expected.stdout ?? []) expect(stdout).toMatch(new RegExp(pattern));
  for (const pattern of expected.stderr ?? []) expect(stderr).toMatch(new RegExp(pattern));
  for (const pattern of expected.notStderr ?? []) expect(stderr).not.toMatch(new RegExp(pattern));
  for (const [name, pattern] of Object.entries(expected.writes ?? {})) {
    expect(readFileSync(join(outcome.folder, name), "utf8"), name).toMatch(new RegExp(pattern));
  }
}

const expectations = readdirSync(scripts).filter((file) => file.endsWith(".expect.json"));

describe.concurrent("a script means what it means under k6", () => {
  for (const file of expectations) {
    const expected = JSON.parse(readFileSync(join(scripts, file), "utf8")) as Expectation;
    const name = file.slice(0, -".expect.json".length);
    const script = existsSync(join(scripts, `${name}.ts`)) ? `${name}.ts` : `${name}.js`;
    test(`${name}: ${expected.about}`, { timeout: 120_000 }, () =>
      inTurn(async (commandLine) => {
        const outcome = await run(commandLine, script, expected);
        try {
          compare(expected, outcome);
        } finally {
          rmSync(outcome.folder, { recursive: true, force: true });
        }
      }),
    );
  }
});
