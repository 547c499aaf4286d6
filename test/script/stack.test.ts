import { expect, test } from "vitest";
import { scriptPosition, scriptStack } from "../../src/script/stack.js";
import { compile, instantiate } from "./twins.js";

const imports = `import http from "k6/http"; import { sleep, group } from "k6";\n`;

async function failure(source: string, others: Record<string, string> = {}) {
  const script = await compile(source, "s.ts", others);
  try {
    await (instantiate(script, []).exports.default as () => unknown)();
  } catch (error) {
    return { error, stack: scriptStack(error, script), position: scriptPosition(error, script) };
  }
  throw new Error("the script did not fail");
}

test("an exception after a request shows the script's own lines through every caller", async () => {
  const { stack, position } = await failure(`${imports}interface X { a: number }
function inner(x: X) {
  sleep(1);
  throw new Error("boom" + x.a);
}
export default function () {
  group("g", () => {
    inner({ a: 1 });
  });
}`);
  expect(position).toEqual({ file: "s.ts", line: 5, column: 9 });
  expect(stack).toBe("at inner (s.ts:5:9)\nat <anonymous> (s.ts:9:5)\nat default (s.ts:8:3)");
});

test("an exception in an imported file names that file", async () => {
  const { position } = await failure(`import { f } from "./lib.ts";\nexport default () => f();`, {
    "lib.ts": `import http from "k6/http";\nexport function f(): void {\n  const r = http.get("a") as any;\n  r.nope.more;\n}\n`,
  });
  expect(position).toEqual({ file: "lib.ts", line: 4, column: 10 });
});

test("a request at the top level fails in the line that asks for it, also through a function", async () => {
  const { error, position } = await failure(
    `${imports}const f = () => http.get("a");\nconst x = f();\nexport default () => x;`,
  );
  expect(error).toMatchObject({
    code: "script.cannot-suspend",
    at: "s.ts:3:11",
    message: "f() makes requests or sleeps, and the top level of the script cannot wait for it",
  });
  expect(position).toMatchObject({ file: "s.ts", line: 3 });
});

test("a constructor that turns out to request fails with its line", async () => {
  const { error, position } = await failure(
    `${imports}const o = { f: () => http.get("a") };\nclass A {\n  constructor() {\n    o.f();\n  }\n}\nexport default () => new A();`,
  );
  expect(error).toMatchObject({ code: "script.cannot-suspend", at: "s.ts:5:5" });
  expect(position).toMatchObject({ file: "s.ts", line: 5 });
});

test("an error without a stack of the script has no position", async () => {
  const script = await compile("export default () => 1;");
  expect(scriptPosition(new Error("ours"), script)).toBeUndefined();
  expect(scriptStack("thrown text", script)).toBe("");
});
