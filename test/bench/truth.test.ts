import { describe, expect, test } from "vitest";
import { growthOf } from "../../bench/memory.mjs";
import { onPath } from "../../bench/processes.mjs";
import { startTarget } from "../../bench/target.mjs";
import { truthOf } from "../../bench/truth.mjs";

const pairs = (...us: readonly (readonly [arrived: number, answered: number])[]): BigUint64Array =>
  BigUint64Array.from(us.flat(), (value) => BigInt(value) * 1000n + 7_000_000_000n);

describe("the truth of a request", () => {
  test("is its service alone where it arrived on time", () => {
    const { serviceUs, responseUs } = truthOf(pairs([0, 100], [1000, 1200], [2000, 2050]), 1000);
    expect([...serviceUs]).toEqual([100, 200, 50]);
    expect([...responseUs]).toEqual([100, 200, 50]);
  });

  test("counts from the due time where it was sent late", () => {
    const { serviceUs, responseUs } = truthOf(pairs([0, 100], [1700, 1800], [2000, 2100]), 1000);
    expect([...serviceUs]).toEqual([100, 100, 100]);
    expect([...responseUs]).toEqual([100, 800, 100]);
  });
});

describe("growth", () => {
  const line = (perSample: number): number[] => Array.from({ length: 1000 }, (_, i) => i * perSample);

  test("leaves the warm-up out, and is the last fifth less the first after it", () => {
    const warming = Array.from({ length: 1000 }, (_, i) => (i < 200 ? i : 200));
    expect(growthOf(warming)).toBe(0);
    expect(growthOf(line(1))).toBe(640);
    expect(growthOf(line(-1))).toBe(-640);
  });

  test("is not fooled by a peak", () => {
    expect(growthOf(line(0).with(990, 1e9))).toBe(0);
  });
});

test("the truth server logs arrival and answer of each request, and what it says is what the client saw", async ({
  skip,
}) => {
  if (onPath("cc") === undefined) skip("no C compiler here");
  const target = await startTarget({ kind: "c", source: "truth-server" });
  try {
    await target.reset();
    const seen: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      const before = performance.now();
      expect(await (await fetch(`${target.url}/`)).json()).toEqual({ status: "ok" });
      seen.push((performance.now() - before) * 1000);
    }
    const stamps = await target.stamps();
    expect(stamps).toHaveLength(10);
    const { serviceUs } = truthOf(stamps, 1000);
    for (const [i, serviceOfOne] of serviceUs.entries()) {
      expect(serviceOfOne).toBeGreaterThanOrEqual(10_000);
      expect(serviceOfOne).toBeLessThan(seen[i]!);
    }
  } finally {
    await target.stop();
  }
});
