import { afterEach, describe, expect, test, vi } from "vitest";
import { scriptGlobals } from "../../src/k6/globals.js";
import { k6Module } from "../../src/k6/k6.js";
import { pendingOf } from "../../src/k6/pending.js";
import { makeFakeVu } from "./fake-vu.js";

type Fn = (...args: unknown[]) => unknown;
const coded = (code: string) => expect.objectContaining({ code });

test("__VU and __ITER are read anew at each use", () => {
  const vu = makeFakeVu({ idInInstance: 3, env: { A: "b" } });
  const globals = scriptGlobals(vu);
  Object.assign(vu, { iterationInInstance: 9 });
  expect([globals.__VU, globals.__ITER, globals.__ENV]).toEqual([3, 9, { A: "b" }]);
});

test("what only Node.js has is hidden", () => {
  const globals = scriptGlobals(makeFakeVu());
  for (const name of ["process", "Buffer", "fetch"]) {
    expect(Object.hasOwn(globals, name) && globals[name] === undefined, name).toBe(true);
  }
});

describe("open", () => {
  test("gives text or bytes, the same for every VU", () => {
    const shared = new Map<string, unknown>();
    const [a, b] = [1, 2].map(() => {
      const vu = makeFakeVu({ phase: "init", shared, files: { "a.txt": "grüß" } });
      return scriptGlobals(vu).open as Fn;
    });
    expect(a!("a.txt")).toBe("grüß");
    expect(new Uint8Array(a!("a.txt", "b") as ArrayBuffer)).toHaveLength(6);
    expect(a!("a.txt", "b")).toBe(b!("a.txt", "b"));
    expect(() => a!("b.txt")).toThrow(coded("script.no-such-file"));
    expect(() => a!("")).toThrow(coded("k6.open-path"));
  });

  test("is refused after the init phase", () => {
    expect(() => (scriptGlobals(makeFakeVu()).open as Fn)("a.txt")).toThrow(coded("k6.open-outside-init"));
  });
});

test("console joins its arguments, shows objects as JSON and never fails", () => {
  const vu = makeFakeVu();
  const log = (scriptGlobals(vu).console as Console).log;
  const ring: Record<string, unknown> = { a: 1, twice: [{}, {}] };
  ring.self = ring;
  const same = { x: 1 };
  log("a", 1, undefined, null, true, { b: [1, "2"] }, [same, same]);
  log(ring, 10n, { n: 10n });
  log(new Float64Array([1.5, Number.NaN]), new Uint8Array(0), new Uint8Array([4, 255]).buffer, Symbol("s"), () => 1);
  log(new Uint8Array(300), new Uint8Array(300).buffer);
  log("failed:", new TypeError("no such thing"));
  expect(vu.logs.map(({ text }) => text)).toEqual([
    'a 1 undefined null true {"b":[1,"2"]} [{"x":1},{"x":1}]',
    '{"a":1,"twice":[{},{}],"self":"[Circular]"} 10 {"n":"10"}',
    "Float64Array(2) [ 1.5, NaN ] Uint8Array(0) [] ArrayBuffer { [Uint8Contents]: <04 ff>, byteLength: 2 } Symbol(s) [object Function]",
    `Uint8Array(300) [ ${"0, ".repeat(100)}… ] ArrayBuffer { [Uint8Contents]: <${"00 ".repeat(100)}…>, byteLength: 300 }`,
    "failed: TypeError: no such thing",
  ]);
});

test("a seed decides the VU's random sequence, and nobody else's", () => {
  const sequence = (seed: number | undefined) => {
    const vu = makeFakeVu();
    const math = scriptGlobals(vu).Math as Math;
    if (seed !== undefined) (k6Module(vu) as { randomSeed: Fn }).randomSeed(seed);
    expect(math.max(1, 2) + math.PI).toBe(2 + Math.PI);
    return Array.from({ length: 5 }, () => math.random());
  };
  expect(sequence(7)).toEqual(sequence(7));
  expect(sequence(7)).not.toEqual(sequence(8));
  expect(sequence(undefined)).not.toEqual(sequence(undefined));
  for (const value of sequence(7)) expect(value >= 0 && value < 1).toBe(true);
});

describe("timers", () => {
  afterEach(() => void vi.useRealTimers());

  test("an iteration waits for the timers that it set, in their order", async () => {
    vi.useFakeTimers();
    const vu = makeFakeVu();
    const { setTimeout, setInterval, clearInterval, clearTimeout } = scriptGlobals(vu) as Record<string, Fn>;
    expect(pendingOf(vu).idle()).toBeUndefined();
    const seen: unknown[] = [];
    let ticks = 0;
    const interval = setInterval!(() => {
      ticks += 1;
      if (ticks === 3) clearInterval!(interval);
    }, 10);
    setTimeout!((...words: unknown[]) => seen.push(...words), 20, "a", "b");
    const dropped = setTimeout!(() => seen.push("dropped"), 5);
    clearTimeout!(dropped);
    const idle = pendingOf(vu)
      .idle()!
      .then(() => seen.push("idle"));
    await vi.advanceTimersByTimeAsync(29);
    expect(seen).toEqual(["a", "b"]);
    await vi.advanceTimersByTimeAsync(2);
    await idle;
    expect([seen.at(-1), ticks]).toEqual(["idle", 3]);
    expect(pendingOf(vu).idle()).toBeUndefined();
  });

  test("a callback that suspends is waited for; one that throws ends the iteration and the other timers", async () => {
    vi.useFakeTimers();
    const vu = makeFakeVu();
    const { setTimeout } = scriptGlobals(vu) as Record<string, Fn>;
    let others = 0;
    setTimeout!(async () => {
      await Promise.resolve();
      throw new Error("late");
    }, 1);
    setTimeout!(() => {
      others += 1;
    }, 50);
    const idle = expect(pendingOf(vu).idle()).rejects.toThrow("late");
    await vi.advanceTimersByTimeAsync(100);
    await idle;
    expect([others, pendingOf(vu).idle()]).toEqual([0, undefined]);
  });

  test("nothing fires after the VU has ended", async () => {
    vi.useFakeTimers();
    const vu = makeFakeVu();
    let fired = 0;
    (scriptGlobals(vu).setInterval as Fn)(() => {
      fired += 1;
    }, 1);
    vu.retire();
    await vi.advanceTimersByTimeAsync(10);
    expect(fired).toBe(0);
  });

  test("what is no function, and the init phase, are refused", () => {
    const vu = makeFakeVu();
    const set = scriptGlobals(vu).setTimeout as Fn;
    expect(() => set("code", 1)).toThrow(coded("k6.timer-callback"));
    vu.phase = "init";
    expect(() => set(() => {}, 1)).toThrow(coded("k6.timer-in-init"));
  });
});
