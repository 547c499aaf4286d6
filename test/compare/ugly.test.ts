import { expect, test } from "vitest";
import { compareRuns } from "../../src/compare/compare-runs.js";
import { type ComparedRun, comparisonSchema } from "../../src/model/comparison.js";
import { renderComparison } from "../../src/report/comparison-text.js";
import { Histogram } from "../../src/stats/histogram.js";
import { loadAt, runOf, sideOf } from "./world.js";

const levels = [0.99, 1.01, 1, 0.995, 1.005];
const five = (name: string, scale = 1, changes: Partial<ComparedRun> = {}) =>
  sideOf(levels.map((level, i) => runOf(`${name}${i}`, scale * level, changes)));

/** The comparison, once it is sure that no figure in it is broken. */
function sound(...[input]: Parameters<typeof compareRuns>) {
  const comparison = compareRuns(input);
  // JSON writes null for NaN and Infinity, where the schema wants a number or knows of null itself.
  const numbers: number[] = [];
  JSON.stringify(comparison, (_, value: unknown) => {
    if (typeof value === "number") numbers.push(value);
    return value;
  });
  expect(numbers.every(Number.isFinite)).toBe(true);
  expect(comparisonSchema.parse(JSON.parse(JSON.stringify(comparison)))).toEqual(comparison);
  expect(renderComparison(comparison, { color: false, width: 100 })).not.toMatch(/NaN|Infinity|undefined/);
  return comparison;
}

const failures = (share: number): Partial<ComparedRun> => ({ rates: { http_req_failed: [share * 60_000, 60_000] } });

test("100 % errors after none are a regression, however fast they are", () => {
  const { verdict, reason } = sound({ baseline: five("b"), candidate: five("c", 0.1, failures(1)) });
  expect(verdict).toBe("regressed");
  expect(reason).toContain("http_req_failed rate is worse than the baseline by 100 percentage points");
});

test("100 % errors on both sides are never a pass", () => {
  const { verdict, reason } = sound({ baseline: five("b", 1, failures(1)), candidate: five("c", 1, failures(1)) });
  expect(verdict).toBe("inconclusive");
  expect(reason).toBe("The baseline cannot be used: all of its requests failed.");
});

test("fewer errors than a baseline of nothing else are no improvement of its times", () => {
  const { verdict } = sound({ baseline: five("b", 1, failures(1)), candidate: five("c", 0.5) });
  expect(verdict).toBe("inconclusive");
});

test("a clock that was set back between the sides, and between runs, changes no verdict", () => {
  const at = (name: string, year: number, scale: number) =>
    sideOf(
      levels.map((level, i) => runOf(`${name}${i}`, scale * level, { startedAt: `${year - i}-01-01T00:00:00.000Z` })),
    );
  for (const scale of [1, 1.3]) {
    const back = sound({ baseline: at("b", 2026, 1), candidate: at("c", 1971, scale) });
    const usual = sound({ baseline: five("b"), candidate: five("c", scale) });
    expect(back.rows).toEqual(usual.rows);
  }
});

test("ten thousand series are compared in seconds, and the gating ones stay on top", () => {
  const histogram = new Histogram();
  histogram.record(5000, 300);
  const many = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, i) => [`http_req_response_time{name:/${i}}`, histogram.toData()]),
  );
  const side = (name: string) => sideOf(five(name).runs.map((run) => ({ ...run, totals: { ...run.totals, ...many } })));
  const start = performance.now();
  const { rows, verdict } = compareRuns({ baseline: side("b"), candidate: side("c") });
  // Half a second on a quiet machine.
  expect(performance.now() - start).toBeLessThan(15_000);
  expect(rows.length).toBeGreaterThan(20_000);
  expect(rows.slice(0, 5).every((row) => row.gating)).toBe(true);
  expect(verdict).toBe("pass");
}, 60_000);

test("runs of different length are compared by what each measured", () => {
  const length = (name: string, seconds: readonly number[], scale: number) =>
    sideOf(
      seconds.map((second, i) => {
        const histogram = new Histogram();
        for (let k = 0; k < 200 * second; k += 1) histogram.record(scale * levels[i]! * (5000 + (k % 1000)));
        return runOf(`${name}${i}`, 1, {
          totals: { http_req_response_time: histogram.toData() },
          rates: { http_req_failed: [0, 200 * second] },
          load: { ...loadAt(200), durationMs: 1000 * second },
        });
      }),
    );
  const uneven = [60, 600, 60, 120, 300];
  const same = sound({ baseline: length("b", [60, 60, 60, 60, 60], 1), candidate: length("c", uneven, 1) });
  expect(same.verdict, same.reason).toBe("pass");
  const slower = sound({ baseline: length("b", [60, 60, 60, 60, 60], 1), candidate: length("c", uneven, 1.2) });
  expect(slower.verdict).toBe("regressed");
});

test("the same runs give the same bytes", () => {
  const text = () => JSON.stringify(compareRuns({ baseline: five("b"), candidate: five("c", 1.03) }));
  expect(text()).toBe(text());
});

test("CPU and memory of the target have rows, one that is watched on one side only says so", () => {
  const watched = (name: string, cpu: number, extra: string[] = []) =>
    five(name, 1, {
      resources: ["target", ...extra].map((source) => ({
        source,
        samples: 60,
        cpuCores: { min: cpu, p50: cpu, p95: cpu, max: cpu, last: cpu },
        rssBytes: { min: 1e8, p50: 1e8, p95: 1e8, max: 1e8, last: 1e8 },
        events: [],
      })),
    });
  const { rows } = sound({ baseline: watched("b", 0.5), candidate: watched("c", 0.7, ["cache"]) });
  const of = (series: string) => rows.find((row) => row.series === series)!;
  expect(of("cpu{source:target}")).toMatchObject({ verdict: "regressed", unit: "cores", gating: false });
  expect(of("cpu{source:target}").change).toBeCloseTo(0.4);
  expect(of("rss{source:target}")).toMatchObject({ verdict: "pass", unit: "bytes", statistic: "max" });
  expect(of("rss{source:cache}")).toMatchObject({ verdict: "inconclusive", reason: "The baseline does not have it." });
});
