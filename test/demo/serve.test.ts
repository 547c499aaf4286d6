import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { buildSync } from "esbuild";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

// Child processes cannot load TypeScript: the target is bundled for them as it is.
const folder = mkdtempSync(join(tmpdir(), "loadline-serve-"));
const program = join(folder, "serve.cjs");
const children: ChildProcess[] = [];

beforeAll(() => {
  const serve = join(import.meta.dirname, "../../src/demo/serve.ts");
  const contents = `import { serveDemoTarget } from ${JSON.stringify(serve)};
    serveDemoTarget(JSON.parse(process.argv[2])).then(() => process.exit(0));`;
  buildSync({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    platform: "node",
    format: "cjs",
    outfile: program,
  });
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Served {
  readonly child: ChildProcess;
  readonly listening: { readonly event: string; readonly url: string; readonly pid: number };
  readonly lines: string[];
}

async function serve(options: object): Promise<Served> {
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const reader = createInterface({ input: child.stdout! });
  const [first] = (await once(reader, "line")) as [string];
  const lines: string[] = [];
  reader.on("line", (line) => lines.push(line));
  return { child, listening: JSON.parse(first), lines };
}

/** Whether a process runs; one that only waits to be collected does not. */
function runs(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2)[0] !== "Z";
  } catch {
    return false;
  }
}

test("the first line says where it listens, and with which pid", async () => {
  const { child, listening } = await serve({ log: "none" });
  expect(listening).toEqual({
    event: "listening",
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    pid: child.pid,
  });
  expect((await fetch(`${listening.url}/health`)).status).toBe(200);
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s ends it with code 0 within a second, connections open or not",
  async (signal) => {
    const { child, listening } = await serve({ log: "none" });
    await (await fetch(`${listening.url}/api/items`)).text();
    const startMs = performance.now();
    child.kill(signal);
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(performance.now() - startMs).toBeLessThan(1000);
  },
);

test("every request is logged as a JSON line with its id, also those of the last moment", async () => {
  const { child, listening, lines } = await serve({});
  await fetch(`${listening.url}/api/items/3?token=secret`, { headers: { "x-request-id": "corr-1" } });
  await fetch(`${listening.url}/nowhere`, { headers: { "x-request-id": "corr-2" } });
  child.kill("SIGTERM");
  await once(child, "close");
  expect(lines.join("\n")).not.toContain("secret");
  const entries = lines.map((line) => JSON.parse(line));
  expect(entries[0]).toMatchObject({ level: "info", requestId: "corr-1", route: "/api/items/:id", status: 200 });
  expect(entries[1]).toMatchObject({ level: "warn", requestId: "corr-2", route: "other", status: 404 });
  expect(entries[0].durationMs).toBeGreaterThan(0);
});

test("a log reader that goes away does not end the service", async () => {
  const { child, listening } = await serve({});
  child.stdout!.destroy();
  for (let i = 0; i < 3; i += 1) {
    await fetch(`${listening.url}/api/items`);
    await new Promise((done) => setTimeout(done, 250));
  }
  expect((await fetch(`${listening.url}/health`)).status).toBe(200);
});

test("it ends with its parent, even one that was killed", async () => {
  const parent = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], { stdio: "ignore" });
  children.push(parent);
  const { listening } = await serve({ log: "none", parentPid: parent.pid });
  await new Promise((done) => setTimeout(done, 500));
  expect(runs(listening.pid)).toBe(true);
  parent.kill("SIGKILL");
  const startMs = performance.now();
  while (runs(listening.pid) && performance.now() - startMs < 3000) await new Promise((done) => setTimeout(done, 20));
  expect(performance.now() - startMs).toBeLessThan(1500);
});
