import { describe, expect, test } from "vitest";
import { compareRuns } from "../../src/compare/compare-runs.js";
import type { LoadFigures } from "../../src/model/run.js";
import { loadAt, runOf, sideOf } from "./world.js";

const side = (name: string, scale: number, figures: Partial<LoadFigures>, failed = 0) =>
  sideOf(
    [1, 1.015, 0.985].map((noise, i) =>
      runOf(`${name}${i}`, scale * noise, {
        load: { ...loadAt(1000), ...figures },
        rates: { http_req_failed: [failed, 60_000] },
      }),
    ),
  );
const quiet = { othersCores: 0.05, stealRatio: 0 };
const busy = { othersCores: 0.6, stealRatio: 0 };
const compare = (baseline: ReturnType<typeof side>, candidate: ReturnType<typeof side>) =>
  compareRuns({ scenario: "api", baseline, candidate });

describe("others' work on the machine", () => {
  test("beside the candidate only: slower is no regression, and both figures are told", () => {
    const { verdict, reason, rows } = compare(side("b", 1, quiet), side("c", 1.3, busy));
    expect(verdict).toBe("inconclusive");
    expect(reason).toMatch(/^http_req_response_time p\(\d+\): Worse by at least /);
    expect(reason).toContain("Other programs used 0.60 cores of this machine beside the candidate and 0.05 cores");
    expect(rows.filter((row) => row.verdict === "regressed")).toEqual([]);
  });

  test("beside the candidate only: what passes all the same passes", () => {
    expect(compare(side("b", 1, quiet), side("c", 1, busy)).verdict).toBe("pass");
  });

  test("beside the baseline only: as slow as then is no pass", () => {
    const { verdict, reason } = compare(side("b", 1, busy), side("c", 1, quiet));
    expect(verdict).toBe("inconclusive");
    expect(reason).toContain("Not worse, but the machine was not alike.");
  });

  test("beside the baseline only: slower even so is a regression", () => {
    expect(compare(side("b", 1, busy), side("c", 1.3, quiet)).verdict).toBe("regressed");
  });

  test("does not excuse errors", () => {
    const { verdict, reason } = compare(side("b", 1, quiet), side("c", 1, busy, 3000));
    expect(verdict).toBe("regressed");
    expect(reason).toMatch(/^http_req_failed rate/);
  });

  test.each([
    ["alike", busy, busy],
    ["a little more", quiet, { othersCores: 0.2, stealRatio: 0 }],
    ["not told", quiet, {}],
  ])("%s: a regression is one", (_, before, now) => {
    expect(compare(side("b", 1, before), side("c", 1.3, now)).verdict).toBe("regressed");
  });

  test("what the hypervisor took counts like it", () => {
    const stolen = { othersCores: 0.05, stealRatio: 0.04 };
    const { verdict, reason } = compare(side("b", 1, quiet), side("c", 1.3, stolen));
    expect(verdict).toBe("inconclusive");
    expect(reason).toContain("The hypervisor took 4.0 % of this machine beside the candidate and 0.0 %");
  });
});
