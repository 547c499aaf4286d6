import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sharedSteps, vuSteps } from "../../src/load/closed-runs.js";
import { arrivalsOf, type PacedScenario } from "../../src/load/schedule.js";
import { type Share, shareOf, undivided, wholeShare, workerSegments } from "../../src/load/share.js";
import { Stripe, stripes } from "../../src/load/striping.js";

const workersOf = (count: number, ofTest = undivided): Share[] =>
  Array.from({ length: count }, (_, worker) => shareOf(workerSegments(ofTest, worker, count)));

/** Machines with segments of these sizes, each with so many workers. */
const machines = (parts: readonly number[], workers: readonly number[]): Share[] =>
  parts.flatMap((_, index) => workersOf(workers[index]!, { parts, index }));

/** Sizes without a common divisor, as segments have them. */
const partsArbitrary = fc
  .array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 })
  .map((parts) => [...parts, 1]);
const machinesArbitrary = partsArbitrary.chain((parts) =>
  fc.array(fc.integer({ min: 1, max: 4 }), { minLength: parts.length, maxLength: parts.length }).map((workers) => ({
    parts,
    workers,
  })),
);

const numbersOf = (share: Share, total: number): number[] =>
  Array.from({ length: share.countOf(total) }, (_, n) => share.inTest(n));

const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);
const upTo = (total: number): number[] => Array.from({ length: total }, (_, n) => n);

describe("the striping of segments, as k6 deals", () => {
  test.each([
    { what: "0:1/2 and 1/2:1", parts: [1, 1], dealt: [[0], [1]] },
    { what: "0:1/3, 1/3:2/3, 2/3:1", parts: [1, 1, 1], dealt: [[0], [1], [2]] },
    // The largest part chooses first, and a part's numbers are as far apart as may be.
    { what: "0:2/3 and 2/3:1", parts: [2, 1], dealt: [[0, 2], [1]] },
    { what: "0:1/5, 1/5:2/5, 2/5:1", parts: [1, 1, 3], dealt: [[1], [3], [0, 2, 4]] },
    { what: "0:1/4, 1/4:1", parts: [1, 3], dealt: [[1], [0, 2, 3]] },
  ])("$what", ({ parts, dealt }) => {
    expect(stripes(parts).map((numbers) => [...numbers])).toEqual(dealt);
  });

  test("every number of a cycle is dealt to exactly one part", () => {
    fc.assert(
      fc.property(partsArbitrary, (parts) => {
        const cycle = parts.reduce((sum, part) => sum + part, 0);
        expect(sorted(stripes(parts).flatMap((numbers) => [...numbers]))).toEqual(upTo(cycle));
      }),
    );
  });

  test("no part is ever more than one number away from its proportion", () => {
    const stripe = new Stripe({ parts: [3, 5, 2], index: 1 });
    for (let total = 0; total < 200; total += 1) {
      expect(Math.abs(stripe.countOf(total) - total / 2)).toBeLessThan(1);
    }
  });

  test("a whole cut anew among few VUs gives iterations to those who have a VU", () => {
    expect(new Stripe({ parts: [1, 1, 1], index: 0 }).among(1)).toEqual({ parts: [1], index: 0 });
    expect(new Stripe({ parts: [1, 1, 1], index: 1 }).among(1)).toBeUndefined();
    expect(new Stripe({ parts: [1, 1], index: 0 }).among(5)).toEqual({ parts: [3, 2], index: 0 });
  });
});

describe("the shares of all workers of all machines", () => {
  test("make up the whole: every number once, and numbers ascend within a share", () => {
    fc.assert(
      fc.property(machinesArbitrary, fc.integer({ min: 0, max: 300 }), ({ parts, workers }, total) => {
        const all = machines(parts, workers).map((share) => numbersOf(share, total));
        expect(sorted(all.flat())).toEqual(upTo(total));
        for (const numbers of all) expect(numbers).toEqual(sorted(numbers));
      }),
    );
  });

  test("number VUs of one process without gaps among its workers", () => {
    const two = workersOf(2, { parts: [2, 1], index: 0 });
    expect(two.map((share) => [0, 1].map((n) => share.inInstance(n)))).toEqual([
      [0, 2],
      [1, 3],
    ]);
    expect(two.map((share) => [0, 1].map((n) => share.inTest(n)))).toEqual([
      [0, 3],
      [2, 5],
    ]);
  });

  const scenario = fc.record({
    rate: fc.integer({ min: 1, max: 300 }),
    durationMs: fc.integer({ min: 1000, max: 3000 }),
    maxVUs: fc.integer({ min: 1, max: 20 }),
    poisson: fc.boolean(),
  });
  const paced = (of: { rate: number; durationMs: number; maxVUs: number; poisson: boolean }, ramp: boolean) =>
    ({
      name: "s",
      startTimeMs: 0,
      gracefulStopMs: 0,
      exec: "default",
      env: {},
      tags: {},
      timeUnitMs: 1000,
      preAllocatedVUs: 0,
      maxVUs: of.maxVUs,
      ...(of.poisson ? { poissonSeed: 7 } : {}),
      ...(ramp
        ? { executor: "ramping-arrival-rate", startRate: 0, stages: [{ durationMs: of.durationMs, target: of.rate }] }
        : { executor: "constant-arrival-rate", rate: of.rate, durationMs: of.durationMs }),
    }) as PacedScenario;

  test.each([false, true])("have every arrival of a scenario exactly once, ramping %s", (ramp) => {
    fc.assert(
      fc.property(machinesArbitrary, scenario, fc.double({ min: 0, max: 1, noNaN: true }), (where, of, at) => {
        const plan = paced(of, ramp);
        const whole = arrivalsOf(plan);
        const parts = machines(where.parts, where.workers).map((share) => arrivalsOf(plan, share));
        const due = parts.flatMap(({ count, dueAt }) => upTo(count).map(dueAt));
        expect(sorted(due)).toEqual(upTo(whole.count).map(whole.dueAt));
        const before = parts.reduce((sum, part) => sum + part.countBefore(at * of.durationMs), 0);
        expect(before).toBe(whole.countBefore(at * of.durationMs));
      }),
      { numRuns: 40 },
    );
  });

  test("have as many VUs as the plan at each moment of a ramp", () => {
    fc.assert(
      fc.property(
        machinesArbitrary,
        fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 8 }),
        (where, targets, startVUs) => {
          const stages = targets.map((target, i) => ({ durationMs: i % 2 === 0 ? 1000 : 0, target }));
          const whole = vuSteps({ startVUs, stages });
          const parts = machines(where.parts, where.workers).map((share) => sharedSteps(whole, share));
          const at = (steps: typeof whole, ms: number): number => steps.filter(({ atMs }) => atMs <= ms).at(-1)!.vus;
          for (const ms of [0, 250, 333, 999, 1000, 1500, 2500]) {
            expect(parts.reduce((sum, steps) => sum + at(steps, ms), 0)).toBe(at(whole, ms));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("have every shared iteration once, and only where there is a VU", () => {
    fc.assert(
      fc.property(
        machinesArbitrary,
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 100 }),
        ({ parts, workers }, vus, more) => {
          const shares = machines(parts, workers);
          expect(sorted(shares.flatMap((share) => numbersOf(share.among(vus), vus + more)))).toEqual(upTo(vus + more));
          for (const share of shares) {
            if (share.countOf(vus) === 0) expect(share.among(vus).countOf(vus + more)).toBe(0);
          }
        },
      ),
    );
  });

  test("an undivided run needs no arithmetic", () => {
    expect(shareOf({ ofTest: undivided, ofInstance: undivided })).toBe(wholeShare);
  });
});
