import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Problem } from "../../src/model/problem.js";
import { bundleScript } from "../../src/script/bundle.js";
import { compile, instantiate, runCompiled } from "./twins.js";

const imports = `import http from "k6/http";\n`;

async function refusal(run: () => Promise<unknown>): Promise<Problem> {
  const error = await run().catch((e: unknown) => e);
  if (!(error instanceof Problem)) throw new Error(`no Problem: ${String(error)}`);
  return error;
}

describe("what JavaScript cannot pause is refused with file, line and remedy", () => {
  const at = "script.js:2:";
  test.each([
    [
      "a getter",
      `const o = { get x() { return http.get("a"); } }; export default () => o.x;`,
      "A getter cannot wait for http.get()",
    ],
    [
      "a setter",
      `const o = { set x(v) { http.get(v); } }; export default () => { o.x = 1; };`,
      "A setter cannot wait for http.get()",
    ],
    [
      "a constructor",
      `class A { constructor() { http.get("a"); } } export default () => new A();`,
      "A constructor cannot wait for http.get()",
    ],
    [
      "a generator",
      `function* f() { yield http.get("a"); } export default () => [...f()];`,
      "A generator cannot wait for http.get()",
    ],
    [
      "a field",
      `class A { x = http.get("a"); } export default () => new A();`,
      "A class field's initialiser cannot wait for http.get()",
    ],
    [
      "a static block",
      `class A { static { http.get("a"); } } export default () => A;`,
      "A class's static block cannot wait for http.get()",
    ],
    [
      "sort",
      `export default () => [1, 2].sort((a, b) => http.get(a).n - http.get(b).n);`,
      "This callback suspends, but the function that calls it needs its answer at once",
    ],
    [
      "replace",
      `const r = (m) => http.get(m).n; export default () => "aa".replace(/a/, r);`,
      "This callback suspends, but the function that calls it needs its answer at once",
    ],
    [
      "toString",
      `const o = { toString() { return http.get("a").url; } }; export default () => String(o);`,
      "A method that JavaScript itself calls cannot wait for http.get()",
    ],
    [
      "new",
      `function F() { this.x = http.get("a"); } export default () => new F();`,
      "A constructor cannot wait for http.get()",
    ],
    [
      "top-level for await",
      `for await (const x of [http.asyncRequest("GET", "a")]) x; export default () => 1;`,
      "The top level of the script cannot wait",
    ],
    [
      "a computed method",
      `const k = "z"; class A { [k]() { http.get("a"); } } export default () => new A().z();`,
      "A method with a computed name suspends",
    ],
  ])("%s", async (_name, source, message) => {
    const problem = await refusal(() => compile(imports + source));
    expect(problem).toMatchObject({ code: "script.cannot-suspend", message, exitCode: 104 });
    expect(problem.at).toContain(at);
    expect(problem.found).toBeTruthy();
    expect(problem.hint).toBeTruthy();
  });
});

test("a syntax error shows the script's own line with a caret", async () => {
  const problem = await refusal(() => compile("let é = 1;\nexport default function () {\n\tfoo('é', ;\n}\n"));
  expect(problem).toMatchObject({ code: "script.syntax", at: "script.js:3:11", exitCode: 107 });
  expect(problem.message).toBe(`Unexpected ";"\n  \tfoo('é', ;\n  \t         ^`);
});

test.each([
  [
    "an unknown package",
    `import x from "nope"; x();`,
    { code: "script.import-not-found", found: "nope", at: "script.js:1:15", exitCode: 107 },
  ],
  [
    "a missing file",
    `import x from "./zz.js"; x();`,
    { code: "script.import-not-found", found: "./zz.js", at: "script.js:1:15", exitCode: 107 },
  ],
  [
    "an import from the network",
    `import x from "https://jslib.k6.io/a.js"; x();`,
    { code: "script.remote-import", found: "https://jslib.k6.io/a.js" },
  ],
  ["an empty script", " \n", { code: "script.empty" }],
])("%s is refused with a remedy", async (_name, source, expected) => {
  const problem = await refusal(() => compile(source));
  expect(problem).toMatchObject(expected);
  expect(problem.hint).toBeTruthy();
});

test("no such script, and a directory, are said to be so", async () => {
  const folder = await mkdtemp(join(tmpdir(), "loadline-none-"));
  try {
    expect(await refusal(() => bundleScript(join(folder, "none.js")))).toMatchObject({ code: "script.not-found" });
    expect(await refusal(() => bundleScript(folder))).toMatchObject({ code: "script.is-directory" });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("local TypeScript, CommonJS and JSON files are bundled, and listed with the modules used", async () => {
  const script = await compile(
    `import * as lib from "./lib.ts"; import c from "./c.cjs"; import d from "./d.json";
const call = (m, k) => m[k]("u");
export default () => [lib.login("x"), call(lib, "login"), c.go(), d.v];`,
    "s.ts",
    {
      "lib.ts": `import http from "k6/http"; export function login(u: string) { return http.get(u).n; }`,
      "c.cjs": `const http = require("k6/http"); module.exports = { go() { return http.get("c").n; } };`,
      "d.json": `{"v":3}`,
    },
  );
  expect(script.files.map((f) => f.path)).toEqual(["s.ts", "lib.ts", "c.cjs", "d.json"]);
  expect(script.files[0]!.sha256).toBe(script.sha256);
  expect(script).toMatchObject({ modules: ["k6/http"], name: "s" });
  expect(await runCompiled(script)).toEqual({ log: ["get x", "get u", "get c"], result: [1, 1, 1, 3] });
});

test("a CommonJS script exports as k6 expects", async () => {
  const script = await compile(
    `const http = require("k6/http"); exports.options = { vus: 2 }; exports.default = function () { return http.get("abc").n; };`,
  );
  expect(instantiate(script, []).exports.options).toEqual({ vus: 2 });
  expect(await runCompiled(script)).toEqual({ log: ["get abc"], result: 3 });
});

test("every instance has its own module state", async () => {
  const script = await compile("let n = 0; export default () => ++n;");
  const [a, b] = [instantiate(script, []), instantiate(script, [])];
  const next = (i: typeof a) => (i.exports.default as () => number)();
  expect([next(a), next(a), next(b)]).toEqual([1, 2, 1]);
});

test("the script's own promises are never awaited behind its back", async () => {
  const script = await compile(`${imports}export default async function () {
  const p = http.asyncRequest("GET", "aa");
  const q = p.then((r) => http.get("b" + r.n).n);
  return [p instanceof Promise, q instanceof Promise, (await Promise.all([p, q]))[1]];
}`);
  expect(await runCompiled(script)).toEqual({ log: ["async GET aa", "get b2"], result: [true, true, 2] });
});

test("eval is warned about", async () => {
  expect((await compile(`export default () => eval("1");`)).warnings).toEqual([
    "script.js:1:22: code inside eval() is not compiled, so requests in it do not block.",
  ]);
});
