import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { transform } from "esbuild";
import type { Script } from "../../src/model/script.js";
import { suspending } from "../../src/model/vu.js";
import { bundleScript } from "../../src/script/bundle.js";
import { loadScript, type ScriptInstance } from "../../src/script/instance.js";

/** What a script did, in order, and how it ended. */
export interface Outcome {
  readonly log: readonly string[];
  readonly result: unknown;
}

type Wrap = <F extends (...args: never[]) => unknown>(fn: F) => F;
type AnyFn = (...args: unknown[]) => unknown;

/** k6 modules that log what they are asked; `wrap` decides whether they block or suspend. */
export function stubModules(log: string[], wrap: Wrap): Record<string, object> {
  const answer = (method: string) => (url: unknown, body?: unknown) => {
    log.push(`${method} ${String(url)}${body === undefined ? "" : ` ${JSON.stringify(body)}`}`);
    if (String(url).includes("throw")) throw new Error(`refused ${String(url)}`);
    return {
      url: String(url),
      status: String(url).length % 2 === 0 ? 200 : 404,
      n: String(url).length,
      json: () => ({ id: String(url).length }),
      clickLink: wrap((to: unknown) => {
        log.push(`click ${String(to)}`);
        return { status: 200 };
      }),
    };
  };
  const http = Object.fromEntries(["get", "post", "put", "del", "request"].map((m) => [m, wrap(answer(m))]));
  http.asyncRequest = ((method: string, url: string) => Promise.resolve(answer(`async ${method}`)(url))) as never;
  const k6 = {
    sleep: wrap((s: unknown) => void log.push(`sleep ${String(s)}`)),
    check: (value: unknown, sets: Record<string, AnyFn | boolean>) => {
      let all = true;
      for (const [name, test] of Object.entries(sets)) {
        const ok = Boolean(typeof test === "function" ? test(value) : test);
        log.push(`check ${name} ${ok}`);
        all &&= ok;
      }
      return all;
    },
    group: wrap((name: unknown, fn: AnyFn) => {
      log.push(`group ${String(name)}`);
      return fn();
    }),
    fail: (why: string) => {
      throw new Error(why);
    },
  };
  const module = (m: object) => ({ __esModule: true, default: m, ...m });
  return { k6: module(k6), "k6/http": module(http) };
}

const asynchronous: Wrap = (fn) =>
  suspending((async (...args: never[]) => {
    await Promise.resolve();
    return fn(...args);
  }) as never as typeof fn);

const globals = (log: string[]) => ({
  __ENV: { HOST: "h" },
  __VU: 1,
  __ITER: 0,
  log: (...args: unknown[]) =>
    void log.push(args.map((a) => (typeof a === "string" ? a : JSON.stringify(a))).join(" ")),
});

export async function compile(
  source: string,
  name = "script.js",
  others: Record<string, string> = {},
): Promise<Script> {
  const folder = await mkdtemp(join(tmpdir(), "loadline-script-"));
  try {
    for (const [file, text] of Object.entries({ ...others, [name]: source })) await writeFile(join(folder, file), text);
    return await bundleScript(join(folder, name));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function finish(run: () => unknown): Promise<unknown> {
  try {
    return JSON.parse(JSON.stringify((await run()) ?? null));
  } catch (error) {
    return `threw ${error instanceof Error ? error.message : String(error)}`;
  }
}

export function instantiate(script: Script, log: string[]): ScriptInstance {
  const modules = stubModules(log, asynchronous);
  return loadScript(script).newInstance({ requireModule: (id) => modules[id]!, globals: globals(log) });
}

/** The compiled script against modules that suspend. */
export async function runCompiled(script: Script): Promise<Outcome> {
  const log: string[] = [];
  const result = await finish(async () => (instantiate(script, log).exports.default as AnyFn)());
  return { log, result };
}

/** The script as it stands, against modules that block: the truth to compare with. */
export async function runBlocking(source: string): Promise<Outcome> {
  const { code } = await transform(source, { format: "cjs", target: "es2023", loader: "ts" });
  const log: string[] = [];
  const modules = stubModules(log, (fn) => fn);
  const given = globals(log);
  const factory = new Function("require", "module", ...Object.keys(given), `"use strict"; ${code}`);
  const result = await finish(async () => {
    const module: { exports: Record<string, unknown> } = { exports: {} };
    factory((id: string) => modules[id]!, module, ...Object.values(given));
    return (module.exports.default as AnyFn)();
  });
  return { log, result };
}
