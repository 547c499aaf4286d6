import { describe, expect, test } from "vitest";
import { compile, runBlocking, runCompiled } from "./twins.js";

const imports = `import http, { get as g } from "k6/http"; import * as h from "k6/http"; import { sleep, check, group, fail } from "k6";\n`;

/** Name of the construct -> top level, then the body of the default function. */
const constructs: Record<string, [top: string, body: string]> = {
  "a plain iteration": [
    "",
    `const r = http.get("a"); check(r, { ok: (x) => x.status === 200 }); sleep(1); return r.n;`,
  ],
  "named, namespace and aliased imports": [
    `const { post, put: send } = http; const k = http; const get2 = http.get;`,
    `g("a"); h.get("b"); h.default.post("c"); post("d"); send("e"); k.get("f"); get2("g"); return http["get"]("h").n;`,
  ],
  "require of a module": [
    `const r1 = require("k6/http"); const { sleep: z } = require("k6");`,
    `r1.get("a"); r1.default.get("b"); z(2);`,
  ],
  "a module passed as a parameter": [
    `function run(client, m) { return client.get("x").n + client[m]("yy").n; }`,
    `return run(http, "post");`,
  ],
  "a module in an object": [
    `const ctx = { client: http }; const all = { ...http };`,
    `ctx.client.get("a"); all.post("b"); return ctx?.client?.get("c")?.n;`,
  ],
  "a module in a map": [`const m = new Map([["c", http]]);`, `return m.get("c").get("a").n;`],
  "functions that call functions": [
    `function a() { return b() + 1; } function b() { return http.get("b").n; } const c = () => a() * 2;`,
    `return c();`,
  ],
  "mutual recursion": [
    `function even(n) { http.get("e" + n); return n === 0 ? true : odd(n - 1); } function odd(n) { return n === 0 ? false : even(n - 1); }`,
    `return [even(4), odd(3)];`,
  ],
  "closures returned from functions": [
    `const make = (p) => () => http.get(p).n;`,
    `const f = make("abc"); return f() + make("d")();`,
  ],
  "functions in objects": [
    `const api = { login() { return http.get("l").n; }, out: () => http.get("o").n, [\`dyn\${1}\`]() { return http.get("dyn").n; }, plain: () => 7 };`,
    `let s = 0; for (const k of Object.keys(api)) s += api[k](); return s + api.login() + api.plain();`,
  ],
  "functions in maps and arrays": [
    `const m = new Map(); m.set("a", () => http.get("a").n); const l = [() => http.get("b").n, () => 5];`,
    `return m.get("a")() + l[0]() + l[1]() + l.map((f) => f()).length;`,
  ],
  "map of callbacks keeps results": [``, `return ["a", "bb"].map((u) => http.get(u).n);`],
  "callbacks as parameters": [
    `function twice(f) { return f() + f(); }`,
    `return twice(() => http.get("a").n) + twice(() => 1);`,
  ],
  "reassigned parameter": [
    `function run(f) { const r = f((f = null)); return r; }`,
    `return run(() => http.get("a").n);`,
  ],
  "array methods": [
    "",
    `const l = ["a", "bb", , "ccc"]; const out = []; l.forEach((u, i, a) => { out.push(http.get(u).n + i + a.length); }); out.push(l.filter((u) => http.get(u).n > 1), l.some((u) => http.get(u).n === 2), l.every((u) => http.get(u).n < 2), l.find((u) => http.get(String(u)).n === 2), l.findIndex((u) => http.get(String(u)).n === 3), l.findLast((u) => http.get(String(u)).n === 1), l.findLastIndex((u) => http.get(String(u)).n === 9), l.flatMap((u) => [http.get(u).n, u]), l.reduce((s, u) => s + http.get(u).n, 0), l.reduceRight((s, u) => s + http.get(u).n), l.map((u) => http.get(u).n), 2 in l.map((u) => http.get(u).n)); return out;`,
  ],
  "array callback with thisArg": [
    "",
    `const o = { p: "x" }; return ["a"].map(function (u) { return http.get(this.p + u).n; }, o);`,
  ],
  "reduce of an empty array": ["", `return [].reduce((a, b) => http.get(a + b));`],
  "Map, Set and Array.from": [
    "",
    `const out = []; new Map([["a", 1]]).forEach((v, k) => out.push(http.get(k + v).n)); new Set(["s"]).forEach((v) => out.push(http.get(v).n)); return out.concat(Array.from("abc", (c, i) => http.get(c + i).n), Array.from({ length: 2 }, (_, i) => http.get("n" + i).n));`,
  ],
  "call, apply, bind": [
    `function f(a, b) { return http.get(this.p + a + b).n; }`,
    `const o = { p: "p" }; const b = f.bind(o, "x"); return f.call(o, "a", "b") + f.apply(o, ["c", "d"]) + b("yy") + Reflect.apply(f, o, ["e", "f"]);`,
  ],
  classes: [
    `class A { #n = 1; static make() { return new this(); } go(x) { return http.get("a" + x + this.#n).n + this.#in(); } #in() { return http.get("in").n; } arrow = () => http.get("arrow").n; } class B extends A { go(x) { return super.go(x) + 100; } }`,
    `const b = B.make(); return b.go(1) + b.arrow() + new A().go(2);`,
  ],
  "private method as a value": [
    `class A { #m() { return http.get("m").n; } run() { const f = this.#m; return [1].map(() => f()).concat([1].map(this.#m)); } }`,
    `return new A().run();`,
  ],
  "static methods": [
    `class A { static x() { return http.get("x").n; } static y() { return A.x() + this.x(); } }`,
    `return A.y();`,
  ],
  "object methods with super": [
    `const base = { go() { return http.get("base").n; } }; const o = { __proto__: base, go() { return super.go() + 1; } };`,
    `return o.go();`,
  ],
  "prototype methods": [
    `function P() { this.v = 1; } P.prototype.go = function () { return http.get("go" + this.v).n; };`,
    `return new P().go();`,
  ],
  "default parameters": [
    `function f(a = http.get("aa").n, { b = http.get("b").n } = {}, ...rest) { return [a, b, rest.length]; } const k = (x = http.get("k").n) => x;`,
    `return [f(), f(1, { b: 2 }, 3, 4), k(), k(9)];`,
  ],
  "a parameter that its body declares again": [
    `function f(a = http.get("aa").n) { var a = a + 1; return a; }`,
    `return f() + f(5);`,
  ],
  "destructuring, spread, templates": [
    "",
    "const { n, status: s = 1 } = http.get('a'); const [x = http.get('dd').n] = []; return [...[http.get('b').n], `${http.get('c').n}`, n, s, x, Math.max(...['q', 'rr'].map((u) => http.get(u).n))];",
  ],
  "try, catch, finally": [
    `function f(u) { try { http.get(u); return "r"; } catch (e) { log(e.message); return "c"; } finally { http.get("fin"); } }`,
    `return [f("a"), f("throw")];`,
  ],
  "an uncaught exception": ["", `http.get("a"); [1].forEach(() => http.get("throw"));`],
  "labelled loops, switch, while": [
    "",
    `let n = 0; outer: for (let i = 0; i < 3; i++) { for (const j of [0, 1, 2]) { if (j === 1 && i === 1) continue outer; if (i === 2) break outer; n += http.get("x" + i + j).n; } } while (http.get("w".repeat(n)).n < n + 0) n++; do { n++; } while (n < 3); switch (http.get("ab").n) { case 2: function inSwitch() { return http.get("sw").n; } n += [1].map(inSwitch)[0]; } return n;`,
  ],
  "conditionals and logic": [
    "",
    `return (http.get("a").n > 5 && http.get("no").n) || (http.get("bb").n ?? 3) + (false ? http.get("z").n : 1);`,
  ],
  arguments: [
    `function f() { return [...arguments].map((a) => http.get(a).n).length + arguments.length; } function call0() { return arguments[0](); }`,
    `return f("a", "b") + call0(() => http.get("q").n);`,
  ],
  IIFE: ["", `return (function () { return http.get("a").n; })() + (() => http.get("b").n)() + (0, http.get)("c").n;`],
  groups: [
    `function flow() { http.get("f"); return 5; }`,
    `const r = group("g", () => { http.get("x"); return group("in", flow); }); group("plain", () => log("p")); return r;`,
  ],
  "optional calls and chains": [
    `const o = { a: { b(x) { return http.get("o" + x + this.t); }, t: "T", none: null, f: (x) => ({ g: () => http.get("g" + x) }) } };`,
    `const z = undefined; const i = [0]; const side = () => { i[0]++; return "s"; }; return [o?.a?.b("x").n, z?.b(side()).n, o.a.b?.("y").n, o.a.missing?.(side()), o.a.none?.(side()).x.y, o?.["a"]?.["b"](side())?.n, o.a?.f(1).g?.().n, (o?.a).b("z").n, i[0]];`,
  ],
  "methods of responses": ["", `const r = http.get("a"); return r.clickLink("there").status + r.json().id;`],
  "tagged templates": [
    `function tag(s, v) { return http.get(s.join("-") + v).n; } const o = { t: tag };`,
    "return tag`a${1}b` + o.t`c${2}d`;",
  ],
  "evaluation order": [
    `const o = { get f() { log("get f"); return (x) => { log("call f"); return http.get("x" + x).n; }; } }; const arg = () => { log("arg"); return http.get("arg").n; };`,
    `return o.f(arg()) + o["f"](arg());`,
  ],
  "replacing a method during its own arguments": [
    `const o = { f: () => http.get("old").n };`,
    `const r = o.f((o.f = () => http.get("newer").n)); return [r, o.f()];`,
  ],
  iterators: [
    `function* three() { yield "a"; yield "b"; }`,
    `let n = 0; for (const u of three()) n += http.get(u).n; return n;`,
  ],
  "function declarations are hoisted with their marks": [
    "",
    `const r = [1, 2].map(inner); function inner(x) { return http.get("i" + x).n; } return r;`,
  ],
  "a declaration that is reassigned": [
    `function f() { return http.get("f").n; } if (__VU === 1) f = () => 3;`,
    `return [1].map(f).concat(f());`,
  ],
  "check with conditions that request": [
    "",
    `return check(1, { a: () => http.get("aa").n === 2, b: (v) => v === 1, c: () => http.get("c").n === 2 });`,
  ],
  "a promise of the script stays a promise": [
    `async function own() { return http.get("own").n; } const later = { own };`,
    `const p = later.own(); return [p instanceof Promise, typeof p.then];`,
  ],
  "names and lengths survive": [
    `const named = (a, b) => http.get(a + b); function f2(a) { return http.get(a); }`,
    `return [named.name, named.length, f2.name, f2.length, [named, f2].length];`,
  ],
  "shadowed imports": [
    `function f(http) { return http.get("k"); }`,
    `return f(new Map([["k", 4]])) + (() => { const sleep = (x) => x + 1; return sleep(1); })();`,
  ],
  "a missing method": [
    `const o = { go: () => http.get("a") };`,
    `try { o.gone(1); } catch (e) { log(e.message); } try { const u = undefined; u.go(); } catch (e) { log(e.message); } o.go = 1; o.go();`,
  ],
  "sorting by known responses": [
    "",
    `const rs = ["ccc", "a"].map((u) => http.get(u)); return rs.sort((a, b) => a.n - b.n).map((r) => r.n).join().replace(/1/, (m) => m + "!");`,
  ],
  "retries with a callback": [
    `const retry = (n, fn) => { let last; for (let i = 0; i < n; i++) { try { return fn(i); } catch (e) { last = e; } } throw last; };`,
    `return retry(3, (i) => http.get(i < 2 ? "throw" : "fine").n);`,
  ],
  "getters and constructors without requests": [
    `class T { constructor(l) { this.l = l.map((x) => x + 1); } get sum() { return this.l.reduce((a, b) => a + b, 0); } send() { return http.get("s" + this.sum).n; } }`,
    `return new T([1, 2]).send() + [new T([3])].map((t) => t.send())[0];`,
  ],
  "live globals": [`const seen = { __VU };`, `return [seen.__VU, __VU, typeof __ITER, __ENV.HOST];`],
};

describe("a compiled script does what it would do if requests blocked", () => {
  test.each(Object.entries(constructs))("%s", async (_name, [top, body]) => {
    const source = `${imports}${top}\nexport default function () { ${body} }`;
    const truth = await runBlocking(source);
    expect(truth.log.length + String(truth.result).length).toBeGreaterThan(0);
    const script = await compile(source);
    expect(await runCompiled(script), script.code).toEqual(truth);
  });
});

describe("a call costs no more than it must", () => {
  test("a plain iteration awaits each suspending call and tests nothing", async () => {
    const script = await compile(
      `${imports}export default function () { const r = http.get("a"); check(r, { s: (x) => x.status === 200 }); sleep(1); }`,
    );
    expect(script.code.match(/await /g)).toHaveLength(2);
    expect(script.code).not.toMatch(/__ll\.[mf]\(|Wait/);
    expect(script.code).toContain("check(r, { s: (x) => x.status === 200 })");
  });

  test("functions that cannot reach a request stay as they are", async () => {
    const script = await compile(
      `${imports}const pick = (l) => l.map((x) => x.id).find((x) => x > 1); export default function () { pick(http.get("a").json()); }`,
    );
    expect(script.code).toContain("pick = (l) => l.map((x) => x.id).find((x) => x > 1)");
  });

  test("unknown callees stay untested while no suspending function is ever stored", async () => {
    const script = await compile(
      `${imports}const apply = (l, k) => l[k](1); export default function () { http.get("a"); return apply({ f: (x) => x }, "f"); }`,
    );
    expect(script.code).toContain("apply = (l, k) => l[k](1)");
    expect(script.code).not.toContain("Wait");
  });
});
