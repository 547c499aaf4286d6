import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { k6Modules, requireK6Module } from "../../src/k6/modules.js";
import { Interruption } from "../../src/model/vu.js";
import { type FakeVu, fakeOptions, makeFakeVu } from "./fake-vu.js";

type Fn = (...args: unknown[]) => unknown;
type Class = new (...args: unknown[]) => { name: string; add: Fn };
const load = <T>(vu: FakeVu, id: string): T => requireK6Module(vu, id) as T;
const bytes = (value: unknown): number[] => [...new Uint8Array(value as ArrayBuffer)];
const coded = (code: string) => expect.objectContaining({ code });

describe("the registry", () => {
  test("every module can be imported whole, by name and by default, and is one object for a VU", () => {
    for (const id of Object.keys(k6Modules)) {
      const vu = makeFakeVu({ phase: "init" });
      const module = load<{ default: unknown; __esModule: boolean }>(vu, id);
      expect(module.default, id).toBe(module);
      expect(module.__esModule, id).toBe(true);
      expect(requireK6Module(vu, id)).toBe(module);
      expect(requireK6Module(makeFakeVu({ phase: "init" }), id)).not.toBe(module);
    }
  });

  test("a module that is missing is named, with what exists", () => {
    const vu = makeFakeVu();
    expect(() => requireK6Module(vu, "k6/browser")).toThrow(coded("k6.module-absent"));
    expect(() => requireK6Module(vu, "k6/htpp")).toThrow(
      expect.objectContaining({ code: "k6.module-unknown", hint: 'Correct the import. Did you mean "k6/http"?' }),
    );
  });
});

describe("k6/metrics", () => {
  const make = () => {
    const vu = makeFakeVu({ phase: "init" });
    const { Counter, Gauge, Rate, Trend } = load<Record<"Counter" | "Gauge" | "Rate" | "Trend", Class>>(
      vu,
      "k6/metrics",
    );
    const metrics = [new Counter("orders"), new Gauge("queue"), new Rate("good"), new Trend("wait", true)] as const;
    const refused = (name: unknown) => () => new Trend(name);
    vu.phase = "iteration";
    return { vu, metrics, refused, Trend };
  };

  test("samples carry the VU's tags and the script's", () => {
    const { vu, metrics } = make();
    const [orders, queue, good, wait] = metrics;
    orders.add(2, { kind: "book", n: 1 });
    queue.add("7");
    good.add(true);
    good.add(0);
    wait.add(1.5, null);
    const tags = { scenario: "default", group: "" };
    expect(vu.samples).toEqual([
      { metric: "orders", value: 2, tags: { ...tags, kind: "book", n: "1" } },
      { metric: "queue", value: 7, tags },
      { metric: "good", value: 1, tags },
      { metric: "good", value: 0, tags },
      { metric: "wait", value: 1.5, tags },
    ]);
    expect(wait.name).toBe("wait");
  });

  test("what is no number is left out with one warning, or throws where the script asked for that", () => {
    const { vu, metrics } = make();
    for (const value of [Number.NaN, undefined, null, "x", {}]) expect(metrics[3].add(value)).toBe(false);
    expect(vu.samples).toEqual([]);
    expect(new Set(vu.warnings.map(({ code }) => code))).toEqual(new Set(["metric.not-a-number.wait"]));
    Object.assign(vu, { options: { ...vu.options, throw: true } });
    expect(() => metrics[3].add("x")).toThrow(coded("k6.metric-value"));
  });

  test("metrics are made in the init phase only, and filled after it only", () => {
    const { vu, metrics, Trend } = make();
    expect(() => new Trend("late")).toThrow(coded("k6.metric-outside-init"));
    vu.phase = "init";
    expect(() => metrics[0].add(1)).toThrow(coded("k6.metric-in-init"));
    for (const name of ["", "9lives", "a b", "x", "a".repeat(130), undefined]) {
      expect(() => new Trend(name), String(name)).toThrow(coded("k6.metric-name"));
    }
    expect(() => new Trend("orders")).toThrow(coded("metric.redefined"));
  });
});

describe("k6/execution", () => {
  interface Execution {
    scenario: Record<string, unknown>;
    instance: Record<string, unknown>;
    test: { options: unknown; abort: Fn; fail: Fn };
    vu: Record<string, unknown> & { tags: Record<string, unknown>; metrics: { tags: object; metadata: object } };
  }

  test("shows where in the run the VU is, live", () => {
    const vu = makeFakeVu({
      idInTest: 12,
      scenario: {
        name: "checkout",
        executor: "constant-vus",
        startTimeMs: 99,
        progress: () => 0.5,
        iterationInInstance: 3,
        iterationInTest: 4,
      },
    });
    const exec = load<Execution>(vu, "k6/execution");
    expect({ ...exec.scenario }).toEqual({
      name: "checkout",
      executor: "constant-vus",
      startTime: 99,
      progress: 0.5,
      iterationInInstance: 3,
      iterationInTest: 4,
    });
    expect(exec.vu).toMatchObject({ idInTest: 12, iterationInScenario: 0 });
    Object.assign(vu, { iterationInScenario: 8 });
    expect(exec.vu.iterationInScenario).toBe(8);
    expect(() => exec.instance.vusActive).toThrow(coded("k6.execution-unavailable"));
  });

  test("tags reach the VU as text and tell that they changed", () => {
    const vu = makeFakeVu();
    const exec = load<Execution>(vu, "k6/execution");
    exec.vu.tags.user = 7;
    Object.assign(exec.vu.metrics.tags, { beta: true });
    Object.assign(exec.vu.metrics.metadata, { trace: "x" });
    expect([vu.tags, vu.metadata]).toEqual([{ scenario: "default", user: "7", beta: "true" }, { trace: "x" }]);
    expect(vu.tagsVersion).toBe(2);
    delete exec.vu.tags.user;
    expect([exec.vu.tags.user, vu.tagsVersion]).toEqual([undefined, 3]);
    expect(() => {
      exec.vu.tags.bad = {};
    }).toThrow(coded("k6.tag-value"));
  });

  test("abort unwinds the iteration; fail lets it go on", () => {
    const vu = makeFakeVu();
    const exec = load<Execution>(vu, "k6/execution");
    exec.test.fail("too slow");
    expect(() => exec.test.abort("enough")).toThrow(Interruption);
    expect([vu.failed, vu.aborted]).toEqual([["too slow"], ["enough"]]);
  });

  test("the options are what is set; what nobody has set is null", () => {
    const vu = makeFakeVu({ options: { ...fakeOptions, raw: { batch: 3, dns: { ttl: "0" } } } });
    const { options } = load<Execution>(vu, "k6/execution").test;
    expect(options).toMatchObject({ batch: 3, dns: { ttl: "0" }, paused: null });
  });
});

describe("k6/data", () => {
  const SharedArray = (vu: FakeVu) =>
    load<{ SharedArray: new (...args: unknown[]) => unknown[] }>(vu, "k6/data").SharedArray;

  test("is built once for all VUs, and nobody can change it", () => {
    const shared = new Map<string, unknown>();
    let built = 0;
    const build = () => {
      built += 1;
      return [{ user: { name: "ann" }, f: () => 1 }, 2];
    };
    const [a, b] = [1, 2].map(() => new (SharedArray(makeFakeVu({ phase: "init", shared })))("users", build));
    expect([built, a === b, a!.length, [...a!], Array.isArray(a)]).toEqual([
      1,
      true,
      2,
      [{ user: { name: "ann" } }, 2],
      true,
    ]);
    expect(a!.map((x) => typeof x)).toEqual(["object", "number"]);
    expect(() => a!.push(3)).toThrow(TypeError);
    expect(() => {
      (a![0] as { user: { name: string } }).user.name = "eve";
    }).toThrow(TypeError);
  });

  test.each<[string, unknown, unknown, string]>([
    ["no name", "", () => [], "k6.shared-array-name"],
    ["no array", "x", () => ({}), "k6.shared-array-elements"],
    ["an async function", "x", async () => [], "k6.shared-array-elements"],
    ["no function", "x", [1], "k6.shared-array-elements"],
  ])("%s is refused, and nothing is kept", (_name, name, build, code) => {
    const vu = makeFakeVu({ phase: "init" });
    expect(() => new (SharedArray(vu))(name, build)).toThrow(coded(code));
    expect(vu.shared.size).toBe(0);
  });

  test("comes too late after the init phase", () => {
    expect(() => new (SharedArray(makeFakeVu()))("x", () => [])).toThrow(coded("k6.shared-array-outside-init"));
  });
});

describe("k6/encoding", () => {
  const { b64encode, b64decode } = load<Record<"b64encode" | "b64decode", Fn>>(makeFakeVu(), "k6/encoding");

  test.each([
    [undefined, "Pz8+Pw=="],
    ["std", "Pz8+Pw=="],
    ["rawstd", "Pz8+Pw"],
    ["url", "Pz8-Pw=="],
    ["rawurl", "Pz8-Pw"],
  ])("variant %s", (variant, text) => {
    expect(b64encode("??>?", variant)).toBe(text);
    expect(b64decode(text, variant, "s")).toBe("??>?");
    expect(bytes(b64decode(text, variant))).toEqual([63, 63, 62, 63]);
  });

  test("any bytes survive the round trip", () => {
    const variants = fc.constantFrom("std", "rawstd", "url", "rawurl");
    fc.assert(
      fc.property(fc.uint8Array(), variants, (data, variant) => {
        expect(bytes(b64decode(b64encode(data.slice().buffer, variant), variant))).toEqual([...data]);
      }),
    );
  });

  test.each([
    ["Pz8-Pw==", "std"],
    ["Pz8+Pw", "std"],
    ["Pz8+Pw==", "rawstd"],
    ["P", "rawurl"],
    ["*", "std"],
  ])("%s is no %s", (text, variant) => {
    expect(() => b64decode(text, variant)).toThrow(coded("k6.base64-invalid"));
  });

  test("what is neither text nor bytes, and an unknown variant, are refused", () => {
    expect(() => b64encode({})).toThrow(coded("k6.not-bytes"));
    expect(() => b64encode("x", "rawurll")).toThrow(coded("k6.base64-variant"));
  });
});

describe("k6/crypto", () => {
  interface Hasher {
    update: Fn;
    digest: Fn;
  }
  const crypto = load<Record<string, Fn>>(makeFakeVu(), "k6/crypto");
  const call = (name: string, ...args: unknown[]) => crypto[name]!(...args);

  test.each([
    ["md5", "900150983cd24fb0d6963f7d28e17f72"],
    ["sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"],
    ["sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    ["sha512_224", "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa"],
    ["sha512_256", "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"],
    ["ripemd160", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"],
  ])("%s of abc is the published one", (name, hex) => {
    expect(call(name, "abc", "hex")).toBe(hex);
    const hasher = call("createHash", name) as Hasher;
    hasher.update("a");
    expect(hasher.digest("hex")).not.toBe(hex);
    hasher.update(new TextEncoder().encode("bc").buffer);
    expect(hasher.digest("hex")).toBe(hex);
  });

  test("every output encoding", () => {
    const digest = createHash("sha384").update("?").digest();
    expect(call("sha384", "?", "base64")).toBe(digest.toString("base64"));
    const padded = digest.toString("base64url").padEnd(Math.ceil(digest.length / 3) * 4, "=");
    expect(call("sha384", "?", "base64url")).toBe(padded);
    expect(call("sha384", "?", "base64rawurl")).toBe(digest.toString("base64url"));
    expect(bytes(call("sha384", "?", "binary"))).toEqual([...digest]);
    expect(() => call("sha384", "?", "base65")).toThrow(coded("k6.output-encoding"));
  });

  test("an HMAC at once and in parts", () => {
    const expected = createHmac("sha256", "key").update("ab").digest("hex");
    expect(call("hmac", "sha256", "key", "ab", "hex")).toBe(expected);
    const hasher = call("createHMAC", "sha256", "key") as Hasher;
    hasher.update("a");
    hasher.digest("hex");
    hasher.update("b");
    expect(hasher.digest("hex")).toBe(expected);
  });

  test("MD4 works or says why it does not", () => {
    let outcome: unknown;
    try {
      outcome = call("md4", "abc", "hex");
    } catch (error) {
      outcome = (error as { code?: unknown }).code;
    }
    expect(["a448017aaf21d8525fc10ae87aa6729d", "k6.hash-unavailable"]).toContain(outcome);
  });

  test("random bytes have the asked size; other sizes and algorithms are refused", () => {
    expect(bytes(call("randomBytes", 33))).toHaveLength(33);
    expect(call("hexEncode", "hi")).toBe("6869");
    for (const size of [0, -1, 1.5, "x"]) expect(() => call("randomBytes", size)).toThrow(coded("k6.random-size"));
    expect(() => call("createHash", "sha255")).toThrow(coded("k6.hash-algorithm"));
  });
});
