import { describe, expect, test } from "vitest";
import { k6Module } from "../../src/k6/k6.js";
import { ScriptFail } from "../../src/k6/script-fail.js";
import { isSuspending, suspending } from "../../src/model/vu.js";
import { type FakeVu, makeFakeVu } from "./fake-vu.js";

type Fn = (...args: unknown[]) => unknown;
const load = (vu: FakeVu) => k6Module(vu) as Record<"check" | "fail" | "group" | "sleep" | "randomSeed", Fn>;

describe("check", () => {
  test("records each condition with its group and tags, and is true when all hold", () => {
    const vu = makeFakeVu({ groupPath: "::shop" });
    const { check } = load(vu);
    expect(check(5, { "is five": (v: unknown) => v === 5, truthy: "yes" })).toBe(true);
    expect(check(5, { "is six": (v: unknown) => v === 6, "is five": (v: unknown) => v === 5 }, { shard: 3 })).toBe(
      false,
    );
    expect(vu.checks).toEqual([
      {
        name: "is five",
        groupPath: "::shop",
        ok: true,
        tags: { scenario: "default", group: "::shop", check: "is five" },
      },
      {
        name: "truthy",
        groupPath: "::shop",
        ok: true,
        tags: { scenario: "default", group: "::shop", check: "truthy" },
      },
      {
        name: "is six",
        groupPath: "::shop",
        ok: false,
        tags: { scenario: "default", group: "::shop", check: "is six", shard: "3" },
      },
      {
        name: "is five",
        groupPath: "::shop",
        ok: true,
        tags: { scenario: "default", group: "::shop", check: "is five", shard: "3" },
      },
    ]);
  });

  test("the same check costs no new tag set until the VU's tags change", () => {
    const vu = makeFakeVu();
    let resolved = 0;
    const tagSet = vu.sink.tagSet;
    Object.assign(vu.sink, {
      tagSet: (tags: Record<string, string>) => {
        resolved += 1;
        return tagSet(tags);
      },
    });
    const { check } = load(vu);
    for (let i = 0; i < 10; i += 1) check(1, { a: () => true, b: () => true });
    expect(resolved).toBe(2);
    vu.tags.user = "7";
    vu.tagsVersion += 1;
    check(1, { a: () => true });
    expect(vu.checks.at(-1)?.tags).toMatchObject({ user: "7" });
  });

  test("a condition that throws counts as failed, and throws on", () => {
    const vu = makeFakeVu();
    const throwing = () => {
      throw new TypeError("no body");
    };
    expect(() => load(vu).check(null, { "has body": throwing, later: () => true })).toThrow("no body");
    expect(vu.checks).toMatchObject([{ name: "has body", ok: false }]);
  });

  test.each<[string, unknown, unknown, string]>([
    ["an async condition", 1, { a: async () => true }, "k6.check-async"],
    ["a promise as value", Promise.resolve(1), { a: () => true }, "k6.check-async"],
    ["a condition that returns a promise", 1, { a: () => Promise.resolve(false) }, "k6.check-async"],
    ["two colons in the name", 1, { "a::b": () => true }, "k6.check-name"],
    ["no conditions", 1, undefined, "k6.check-conditions"],
  ])("%s is refused", (_name, value, conditions, code) => {
    expect(() => load(makeFakeVu()).check(value, conditions)).toThrow(expect.objectContaining({ code, exitCode: 107 }));
  });
});

describe("group", () => {
  test("gives its name to what happens inside, takes it back after, and records how long it took", async () => {
    const vu = makeFakeVu();
    const { group, check, sleep } = load(vu);
    expect(isSuspending(group) && isSuspending(sleep)).toBe(true);
    const result = await group(
      "outer",
      suspending(async () => {
        await sleep(0.25);
        await group("inner", () => check(1, { one: true }));
        await sleep("1");
        return 42;
      }),
    );
    expect([result, vu.groupPath]).toEqual([42, ""]);
    expect(vu.checks).toMatchObject([{ groupPath: "::outer::inner" }]);
    expect(vu.samples).toEqual([
      { metric: "group_duration", value: 0, tags: { scenario: "default", group: "::outer::inner" } },
      { metric: "group_duration", value: 1250, tags: { scenario: "default", group: "::outer" } },
    ]);
  });

  test("an exception leaves the group as well", async () => {
    const vu = makeFakeVu();
    const { group, fail } = load(vu);
    await expect(group("g", () => fail("enough"))).rejects.toThrow(ScriptFail);
    expect([vu.groupPath, vu.samples.length]).toEqual(["", 1]);
  });

  test.each<[string, unknown, unknown, string]>([
    ["an async function of the script's own", "g", async () => {}, "k6.group-async"],
    ["two colons in the name", "a::b", () => {}, "k6.group-name"],
    ["no function", "g", 5, "k6.group-callback"],
  ])("%s is refused", async (_name, name, callback, code) => {
    await expect(load(makeFakeVu()).group(name, callback)).rejects.toMatchObject({ code });
  });
});

test("fail throws what scripts can catch", () => {
  expect(() => load(makeFakeVu()).fail("not today")).toThrow(new ScriptFail("not today"));
});

test("sleep takes seconds, and nothing for what is no positive number", async () => {
  const vu = makeFakeVu();
  const { sleep } = load(vu);
  for (const seconds of [0.001, -1, undefined, Number.NaN, "x"]) await sleep(seconds);
  expect(vu.clockMs).toBe(1);
});

test("what needs a running VU is refused in the init phase", async () => {
  const { check, group, sleep } = load(makeFakeVu({ phase: "init" }));
  expect(() => check(1, {})).toThrow(expect.objectContaining({ code: "k6.check-in-init" }));
  expect(() => sleep(1)).toThrow(expect.objectContaining({ code: "k6.sleep-in-init" }));
  await expect(group("g", () => {})).rejects.toMatchObject({ code: "k6.group-in-init" });
});
