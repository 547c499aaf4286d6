import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { k6OnlyFlags } from "../../src/cli/k6-only-flags.js";
import { runCommand } from "../../src/cli/run.js";
import { environmentLayer } from "../../src/harness/words.js";
import { scriptGlobals } from "../../src/k6/globals.js";
import { k6Modules, requireK6Module } from "../../src/k6/modules.js";
import { builtInMetrics, protocolMetrics } from "../../src/model/metric.js";
import { actedOn, optionNames } from "../../src/script/options.js";
import { ownKeys } from "../../src/script/scenario.js";
import { makeFakeVu } from "./fake-vu.js";
import {
  executorSupport,
  flagSupport,
  metricSupport,
  optionSupport,
  renderSupport,
  support,
  variableSupport,
} from "./support.js";

const root = join(import.meta.dirname, "../..");

/** The names that k6's type definitions export as values. */
function typedNames(module: string): string[] {
  const path = join(root, "node_modules/@types/k6", module === "k6" ? "" : module.slice(3), "index.d.ts");
  const text = readFileSync(path, "utf8");
  return [...text.matchAll(/^(?:export |declare )(?:declare )?(?:function|class|const|enum) (\w+)/gm)].map(
    ([, name]) => name!,
  );
}

const isConstant = (name: string): boolean => /^(SSL_|TLS_|OCSP_|Status|HealthCheck)/.test(name);

/** As `--flag`, with `--no-` where that is how it is written. */
const runFlags = runCommand({ exitCode: 0 }).options.map(({ long }) => long);

test("every option is in the table with what becomes of it", () => {
  expect(Object.keys(optionSupport).sort()).toEqual([...optionNames].sort());
  const idle = optionNames.filter((name) => !actedOn.includes(name));
  for (const name of idle) expect(optionSupport[name], name).toMatch(/^accepted/);
});

test("every executor is in the table", () => {
  const here = Object.entries(executorSupport).filter(([, how]) => how !== null);
  expect(here.map(([name]) => name).sort()).toEqual(Object.keys(ownKeys).sort());
});

test("every built-in metric is in the table", () => {
  const listed = Object.keys(metricSupport).filter((name) => !name.includes(" "));
  expect(listed.sort()).toEqual(Object.keys({ ...builtInMetrics, ...protocolMetrics }).sort());
});

test("every flag of k6's run in the table is one of ours, and none that it denies", () => {
  for (const [flag, how] of Object.entries(flagSupport)) expect(runFlags.includes(flag), flag).toBe(how !== null);
  for (const flag of k6OnlyFlags) expect(flagSupport[flag], flag).toMatch(/^accepted without effect/);
});

test("every variable in the table sets an option or stands for a flag", () => {
  const ofFlags = runCommand({ exitCode: 0 }).options.map(({ envVar }) => envVar);
  for (const name of variableSupport) {
    const layer = environmentLayer({ [name]: name === "K6_STAGES" ? "1s:1" : "1" });
    // Read where it is needed: no option of a script.
    const isSet = Object.keys(layer).length > 0 || ofFlags.includes(name) || name === "K6_NO_THRESHOLDS";
    expect(isSet, name).toBe(true);
  }
});

test("docs/k6.md is what the table says", async () => {
  await expect(renderSupport()).toMatchFileSnapshot("../../docs/k6.md");
});

test("every module that can be imported is in the table, and the other way round", () => {
  const listed = support
    .map(({ module }) => module)
    .filter((module) => module !== "Globals" && module !== "k6/browser");
  const here = Object.keys(k6Modules).filter((module) => !module.includes("://"));
  expect(listed.sort()).toEqual(here.sort());
  expect(() => requireK6Module(makeFakeVu(), "k6/browser")).toThrow(
    expect.objectContaining({ code: "k6.module-absent" }),
  );
});

describe.each(support.filter(({ module }) => Object.hasOwn(k6Modules, module)))("$module", ({ module, names }) => {
  const exports = requireK6Module(makeFakeVu({ phase: "init" }), module) as Record<string, unknown>;

  test("has what the table promises", () => {
    for (const [name, how] of Object.entries(names)) {
      if (how === null || name.includes(" ")) continue;
      const [owner, member] = name.split(".") as [string, string | undefined];
      if (member === undefined) expect(exports, name).toHaveProperty([owner]);
      else if (typeof exports[owner] === "function" && owner !== "Trend") {
        expect(member in (exports[owner] as { prototype: object }).prototype || member === "type", name).toBe(true);
      }
    }
  });

  test("has nothing that the table hides", () => {
    const hidden = Object.keys(exports).filter(
      (name) => name !== "default" && name !== "__esModule" && !isConstant(name),
    );
    const owners = new Set(Object.keys(names).map((name) => name.split(".")[0]));
    expect(hidden.filter((name) => !owners.has(name))).toEqual([]);
  });

  const isOlderName = module === "k6/experimental/websockets" || module === "k6/experimental/webcrypto";
  test.skipIf(isOlderName)("names whatever k6's type definitions export", () => {
    const owners = new Set(Object.keys(names).map((name) => name.split(".")[0]));
    const typed = typedNames(module).filter((name) => !isConstant(name) && name !== "_default");
    expect(typed.filter((name) => !owners.has(name) && !(name in exports))).toEqual([]);
    for (const name of typedNames(module).filter(isConstant)) expect(exports, name).toHaveProperty([name]);
  });
});

test("the globals are there", () => {
  const here = { ...(globalThis as object), ...scriptGlobals(makeFakeVu()) };
  const { names } = support.find(({ module }) => module === "Globals")!;
  for (const name of Object.keys(names)) {
    if (!name.includes(" ")) expect(name in here || name in globalThis, name).toBe(true);
  }
});
