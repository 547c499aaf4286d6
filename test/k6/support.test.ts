import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { scriptGlobals } from "../../src/k6/globals.js";
import { k6Modules, requireK6Module } from "../../src/k6/modules.js";
import { makeFakeVu } from "./fake-vu.js";
import { renderSupport, support } from "./support.js";

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

  test.skipIf(module === "k6/experimental/websockets")("names whatever k6's type definitions export", () => {
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
