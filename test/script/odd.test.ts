import { expect, test } from "vitest";
import { compile, runBlocking, runCompiled } from "./twins.js";

const imports = `import http, { get as g } from "k6/http"; import * as h from "k6/http"; import { sleep, check, group, fail } from "k6";\n`;

/** Code that hides from the compiler what it calls: name -> top level, body of the default function. */
const odd: Record<string, [top: string, body: string]> = {
  fromEntries: ["const o = Object.fromEntries([['go', () => http.get('a').n]]);", "return o.go();"],
  define: [
    "const o = {}; Object.defineProperty(o, 'go', { value: () => http.get('a').n }); const k='dy'; Object.defineProperty(o, k, { get() { return () => http.get('dy').n; } });",
    "return o.go() + o.dy();",
  ],
  computedWrite: [
    "const o = {}; for (const k of ['go', 'no']) o[k] = () => http.get(k).n;",
    "return o.go() + o['no']();",
  ],
  assignFns: [
    "const o = Object.assign({}, { go() { return http.get('x').n; } }, http);",
    "return o.go() + o.get('zz').n;",
  ],
  proxy: ["const o = new Proxy({ go: () => http.get('a').n }, {});", "return o.go();"],
  proxyGet: ["const o = new Proxy({}, { get: (t, k) => () => http.get(String(k)).n });", "return o.anything();"],
  getterFn: ["const o = { get f() { return () => http.get('a').n; } };", "return o.f();"],
  nestedClass: [
    "const mk = (B) => class extends B { go() { return super.go() + http.get('mk').n; } }; class Base { go() { return 1; } } const M = mk(Base);",
    "return new M().go();",
  ],
  superCtor: [
    "class A { constructor(f) { this.f = f; } run() { return this.f(); } } class B extends A {} class C extends B { constructor(f) { super(f); } }",
    "return new B(() => http.get('b').n).run() + new C(() => http.get('cc').n).run();",
  ],
  curry: [
    "const curry = (f) => (a) => (b) => f(a, b); const gg = curry((a, b) => http.get(a + b).n);",
    "return gg('a')('b');",
  ],
  compose: [
    "const compose = (...fs) => (x) => fs.reduceRight((v, f) => f(v), x);",
    "return compose((x) => x + 1, (u) => http.get(u).n)('abc');",
  ],
  memo: [
    "const cache = new Map(); function memo(k, f) { if (!cache.has(k)) cache.set(k, f(k)); return cache.get(k); }",
    "return [memo('a', (k) => http.get(k).n), memo('a', (k) => http.get(k).n)];",
  ],
  weakset: [
    "const handlers = new Set(); handlers.add(() => http.get('h').n);",
    "let n = 0; for (const f of handlers) n += f(); handlers.forEach((f) => { n += f(); }); return n;",
  ],
  destructFn: [
    "const api = { auth: { login: () => http.get('l').n } }; const { auth: { login } } = api; const { auth: { logout = () => http.get('out').n } } = api;",
    "return login() + logout();",
  ],
  arrDestr: ["const [f, [gg]] = [() => http.get('a').n, [() => http.get('b').n]];", "return f() + gg();"],
  restParams: [
    "function run(...fs) { return fs[0]() + fs.at(-1)(); }",
    "return run(() => http.get('a').n, () => http.get('b').n);",
  ],
  spreadCall: [
    "function run(a, b) { return a() + b(); }",
    "const l = [() => http.get('a').n, () => 4]; return run(...l);",
  ],
  genMaybe: [
    "function* gen(l) { for (const x of l.map((y) => y + 1)) yield x; }",
    "return [...gen([1])].map((x) => http.get('q' + x).n);",
  ],
  thunk: [
    "const t = { cond: true }; const f = () => t.cond ? http.get : http.post;",
    "return f()('a').n + (t.cond ? h : null).get('b').n;",
  ],
  newInArg: [
    "class R { constructor(u) { this.u = u; } send() { return http.get(this.u).n; } }",
    "return [new R('a'), new R(http.get('bb').n)].map((r) => r.send());",
  ],
  chainMethods: [
    "class Q { constructor() { this.l = []; } add(u) { this.l.push(http.get(u).n); return this; } get out() { return this.l; } }",
    "return new Q().add('a').add('bb').out;",
  ],
  ternaryCallee: ["", "return (__VU ? http.get : g)('a').n;"],
  logicalAssign: [
    "let f; let o = {};",
    "f ??= () => http.get('a').n; o.x ||= () => http.get('b').n; f &&= f; return f() + o.x();",
  ],
  throwFn: ["", "try { throw () => http.get('a').n; } catch (e) { return e(); }"],
  closureCounter: [
    "const counter = () => { let n = 0; return { inc: () => ++n, hit() { http.get('n' + this.inc()); return n; } }; };",
    "const c = counter(); c.hit(); return c.hit();",
  ],
  asyncDefault: [
    "async function f(a = http.get('d').n) { return a; } const k = async (a = http.get('e').n) => a;",
    "return f() instanceof Promise && k() instanceof Promise;",
  ],
  asyncGen: ["async function* ag() { yield http.get('a').n; }", "return typeof ag().next;"],
  inParamArrow: ["function f(cb = () => http.get('d').n) { return cb(); }", "return f() + f(() => 1);"],
  iterProto: [
    "const it = { *[Symbol.iterator]() { yield 1; yield 2; } };",
    "let n = 0; for (const x of it) n += http.get('x' + x).n; return n + Math.max(...it);",
  ],
  thisFn: ["function f() { return this.get('t').n; }", "return f.call(http) + f.apply(http, []) + f.bind(http)();"],
  bindModule: [
    "const gg = http.get.bind(http); const pre = http.get.bind(null, 'pre');",
    "return gg('a').n + pre().n;",
  ],
  fnProps: ["function f() { return 1; } f.go = () => http.get('fp').n;", "return f.go() + f();"],
  switchFall: [
    "",
    "switch (http.get('ab').n) { case http.get('x').n: return 'one'; case 2: return 'two'; default: return 'd'; }",
  ],
  typeofCall: [
    "",
    "return [typeof http.get('a'), !http.get('b'), -http.get('c').n, void http.get('d'), http.get('e').n in [1, 2]];",
  ],
  updates: ["const o = { n: 0 };", "o[http.get('k').n] = http.get('v').n; o.n += http.get('w').n; return o;"],
  parenChainThis: [
    "const o = { t: 'T', b(x) { return http.get(x + this.t).n; } };",
    "return (o?.b)('a') + (o.b)('b') + (o?.['b'])?.('c');",
  ],
  del: [
    "const o = { f: () => ({ a: http.get('d').n, b: 1 }) };",
    "const r = delete o?.f().a; const q = o.f(); delete q.b; return [r, q];",
  ],
  jsonStr: ["", "return JSON.parse(JSON.stringify({ a: http.get('a').n }, (k, v) => v));"],
  exprStmtArrowObj: ["const mk = (u) => ({ r: http.get(u).n });", "return mk('a').r;"],
  labeledBlock: ["", "a: { http.get('a'); if (http.get('b').n) break a; http.get('c'); } return 1;"],
  callbackReturnFn: [
    "const each = (l, f) => { for (const x of l) f(x); };",
    "each([1, 2], (x) => each([x], (y) => http.get('e' + y))); return 1;",
  ],
  evt: [
    "class E { constructor() { this.h = {}; } on(n, f) { (this.h[n] ??= []).push(f); return this; } emit(n, ...a) { return this.h[n].map((f) => f(...a)); } }",
    "return new E().on('x', (v) => http.get('x' + v).n).on('x', () => 3).emit('x', 1);",
  ],
  typed: ["", "const out = []; new Uint8Array([1, 2]).forEach((b) => out.push(http.get('b' + b).n)); return out;"],
  subclassArr: [
    "class L extends Array { sum() { return this.reduce((a, b) => a + http.get('s' + b).n, 0); } }",
    "const l = L.from([1, 2]); const m = l.map((x) => http.get('m' + x).n); return [m instanceof L, l.sum(), m.length];",
  ],
  globalThisFn: ["globalThis.__zz = () => http.get('gz').n;", "return globalThis.__zz();"],
  catchRethrow: [
    "function f() { try { return http.get('throw'); } finally { log('f'); } }",
    "try { f(); } catch { return 'caught'; }",
  ],
  returnInFinally: [
    "function f() { try { return http.get('a').n; } finally { return http.get('bb').n; } }",
    "return f();",
  ],
  varNames: ["const __ll = 1; const __ll_t = 2;", "return http.get('a').n + __ll + __ll_t;"],
  sortMaybeArg: [
    "const by = (f) => (a, b) => f(a) - f(b); const use = (f) => f('u');",
    "return [[3, 1].sort(by((x) => x)), use((u) => http.get(u).n)];",
  ],
  ctorCallsHelper: [
    "const each = (l, f) => { const o = []; for (const x of l) o.push(f(x)); return o; }; class A { constructor() { this.l = each([1], (x) => x + 1); } }",
    "return [new A().l, each(['a'], (u) => http.get(u).n)];",
  ],
  topCallsHelper: [
    "const each = (l, f) => { const o = []; for (const x of l) o.push(f(x)); return o; }; const pre = each([1], (x) => x + 1);",
    "return [pre, each(['a'], (u) => http.get(u).n)];",
  ],

  sortThroughHelper: [
    "const by = (f) => (a, b) => f(a) - f(b); const use = (f) => f('u'); const id = (f, x) => f(x);",
    "return [[3, 1].sort((a, b) => id((x) => x, a) - id((x) => x, b)), id((u) => http.get(u).n, 'zz'), by, use].slice(0, 2);",
  ],
  getterThroughHelper: [
    "const each = (l, f) => l.map((x) => f(x)); class A { get both() { return each([1, 2], (x) => x * 2); } go() { return each(['a'], (u) => http.get(u).n); } }",
    "return [new A().both, new A().go()];",
  ],
  methodTwin: [
    "class T { each(l, f) { const o = []; for (const x of l) o.push(f(x)); return o; } constructor() { this.pre = this.each([1], (x) => x + 1); } }",
    "const t = new T(); return [t.pre, t.each(['a'], (u) => http.get(u).n)];",
  ],
  generatorThroughHelper: [
    "function apply(f, x) { return f(x); } function* gen() { yield apply((x) => x + 1, 1); }",
    "return [[...gen()], apply((u) => http.get(u).n, 'a')];",
  ],
  descriptorsThroughHelper: [
    "const run = (f, x) => f(x); const o = {}; Object.defineProperty(o, 'p', { get: () => run((x) => x + 1, 1) }); class I { static [Symbol.hasInstance](v) { return run((x) => x === 1, v); } }",
    "return [o.p, 1 instanceof I, run((u) => http.get(u).n, 'a')];",
  ],
  recursiveTwin: [
    "function walk(n, f) { return n === 0 ? [] : [f(n), ...walk(n - 1, f)]; } const pre = walk(3, (x) => x);",
    "return [pre, walk(2, (x) => http.get('w' + x).n)];",
  ],
};

test.each(Object.entries(odd))("%s behaves as if requests blocked", async (_name, [top, body]) => {
  const source = `${imports}${top}\nexport default function () { ${body} }`;
  const script = await compile(source);
  expect(await runCompiled(script), script.code).toEqual(await runBlocking(source));
});
