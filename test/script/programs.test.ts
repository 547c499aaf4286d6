import fc from "fast-check";
import { expect, test } from "vitest";
import { compile, runBlocking, runCompiled } from "./twins.js";

/**
 * Small programs as text. Function n may call only functions below n, so every program ends;
 * `a` is a value and `cb` a function in every body.
 */
function body(level: number): { statements: fc.Arbitrary<string>; expression: fc.Arbitrary<string> } {
  const name = fc.constantFrom("x", "yy", "zzz", "throw");
  const callables = Array.from({ length: level }, (_, i) => [
    `f${i}`,
    `table.f${i}`,
    `table["f" + ${i}]`,
    `list[${i}]`,
    `map.get("f${i}")`,
    `new Box(f${i}).open`,
    `pick(${i})`,
  ]).flat();
  const { statement, expression } = fc.letrec<{ statement: string; expression: string; fn: string; block: string }>(
    (tie) => ({
      expression: fc.oneof(
        { maxDepth: 3, depthSize: "small" },
        fc.constantFrom("a", "1", "typeof a", "__VU"),
        name.map((n) => `http.get("${n}" + a).n`),
        fc.constant("cb(a)"),
        tie("fn").map((f) => `(${f})(a)`),
        fc.tuple(tie("expression"), tie("expression")).map(([l, r]) => `add(${l}, ${r})`),
        fc
          .tuple(tie("expression"), tie("expression"), tie("expression"))
          .map(([c, l, r]) => `(${c} > 2 ? ${l} : ${r})`),
        fc
          .tuple(tie("fn"), fc.constantFrom("map", "filter", "flatMap", "find", "some", "every", "findIndex"))
          .map(([f, m]) => `[a, 2, 3].${m}(${f})`),
        fc.tuple(tie("fn"), tie("expression")).map(([f, e]) => `[1, 2].reduce((s, v) => add(s, (${f})(v)), ${e})`),
        tie("fn").map((f) => `new Box(${f}).open(a)`),
        tie("fn").map((f) => `group("g", ${f})`),
        tie("fn").map((f) => `({ m: ${f}, n: null }).m?.(a)`),
        ...(callables.length === 0
          ? []
          : [
              fc
                .tuple(fc.constantFrom(...callables), tie("expression"), tie("fn"))
                .map(([c, e, f]) => `${c}(${e}, ${f})`),
            ]),
      ),
      fn: fc.oneof(
        { maxDepth: 3, depthSize: "small" },
        fc.constantFrom("cb", "(v) => v", "http.get"),
        tie("expression").map((e) => `(a) => ${e}`),
        fc.tuple(tie("expression"), tie("expression")).map(([d, e]) => `(b, a = ${d}) => add(b, ${e})`),
        tie("block").map((b) => `function (a) ${b}`),
      ),
      statement: fc.oneof(
        { maxDepth: 3, depthSize: "small" },
        tie("expression").map((e) => `log(${e});`),
        tie("expression").map((e) => `a = ${e};`),
        tie("expression").map((e) => `return ${e};`),
        fc.constant("sleep(1);"),
        fc.tuple(tie("expression"), tie("block")).map(([e, b]) => `if (${e}) ${b}`),
        fc
          .tuple(tie("block"), tie("block"), tie("expression"))
          .map(([t, c, e]) => `try ${t} catch (e) ${c} finally { log("finally", ${e}); }`),
        fc.tuple(tie("expression"), tie("block")).map(([e, b]) => `for (const i of [0, ${e}]) ${b}`),
        fc.tuple(tie("fn"), tie("expression")).map(([f, e]) => `{ const g = ${f}; log(g(${e})); }`),
        tie("fn").map((f) => `[a].forEach(${f});`),
        tie("block").map((b) => `{ function inner(a) ${b} log([1].map(inner)); }`),
        tie("expression").map((e) => `check(a, { c: (v) => v === ${e} });`),
      ),
      block: fc.array(tie("statement"), { maxLength: 2 }).map((s) => `{ ${s.join(" ")} }`),
    }),
  );
  return { statements: fc.array(statement, { minLength: 1, maxLength: 3 }).map((s) => s.join("\n  ")), expression };
}

const levels = 3;
const program = fc
  .tuple(
    ...Array.from({ length: levels }, (_, n) =>
      fc.tuple(body(n).statements, fc.constantFrom("function", "arrow", "method", "private")),
    ),
    body(levels).statements,
  )
  .map((parts) => {
    const main = parts.at(-1) as string;
    const functions = (parts.slice(0, -1) as [string, string][]).map(([statements, kind], n) => {
      const code = `(a, cb = (v) => v) {\n  ${statements}\n}`;
      if (kind === "function") return `function f${n}${code}`;
      if (kind === "arrow") return `const f${n} = ${code.replace(") {", ") => {")};`;
      if (kind === "method") return `class C${n} { static run${code} }\nconst f${n} = (a, cb) => C${n}.run(a, cb);`;
      return `class C${n} { #run${code} go(...args) { return this.#run(...args); } }\nconst f${n} = (a, cb) => new C${n}().go(a, cb);`;
    });
    const table = Array.from({ length: levels }, (_, n) => `f${n}`).join(", ");
    return `import http from "k6/http"; import { sleep, group, check } from "k6";
const add = (l, r) => (typeof l === "number" && typeof r === "number" ? l + r : String(l).length + String(r).length);
class Box { constructor(f) { this.open = f; } }
${functions.join("\n")}
const table = { ${table} }; const list = [${table}]; const map = new Map(Object.entries(table));
const pick = (n) => list[n];
export default function () { let a = 3; const cb = (v) => v;
  ${main}
}`;
  });

test("a compiled program does what it would do if requests blocked, whatever the program", async () => {
  await fc.assert(
    fc.asyncProperty(program, async (source) => {
      const truth = await runBlocking(source);
      const script = await compile(source);
      const compiled = await runCompiled(script);
      expect(compiled, script.code).toEqual(truth);
    }),
    { numRuns: Number(process.env.PROGRAMS ?? 150) },
  );
}, 120_000);
