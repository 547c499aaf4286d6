import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RunRecord } from "../../src/model/run.js";
import { charts } from "../../src/report/charts/catalog.js";
import { decimateMinMax } from "../../src/report/charts/decimate.js";
import { percentileLabel } from "../../src/report/charts/spectrum.js";
import { darkTheme, lightTheme, pngTheme } from "../../src/report/charts/theme.js";
import { makeReportModel } from "../../src/report/model.js";
import { quantile } from "../../src/stats/histogram.js";
import { syntheticBaselineTotals, syntheticComparison, syntheticDecision, syntheticRun } from "./synthetic.js";

const modelOf = (record: RunRecord) => makeReportModel(record, { decision: syntheticDecision(record) });

describe("what the report derives", () => {
  const record = syntheticRun({ seconds: 60, rate: 100, stallAt: 36 });
  const model = modelOf(record);

  test("a second's percentile is that of its own samples", () => {
    const line = record.histories.get("http_req_response_time")!.lines[12]!;
    expect(model.time.headline!.p95[12]).toBeCloseTo(quantile(line.histogram, 0.95) / 1000, 1);
  });
  test("a stall shows in the percentiles of its seconds and of no other", () => {
    expect(model.time.headline!.p50[36]).toBeGreaterThan(1000);
    expect(model.time.headline!.p50[34]).toBeLessThan(50);
    expect(model.time.headline!.p50[39]).toBeLessThan(50);
  });
  test("the gap between service and response time shows what the stall delayed", () => {
    expect(model.time.headline!.p50[36]! / model.time.service!.p50[36]!).toBeGreaterThan(50);
  });
  test("the heat map loses no request", () => {
    const counted = model.heatMap!.columns.flat().reduce((sum, count) => sum + count, 0);
    expect(counted).toBe(record.totals.get("http_req_response_time")!.count);
  });
  test("the spectrum ends at the slowest request", () => {
    const curve = model.spectrum.headline!;
    expect(curve.points.at(-1)).toEqual([6000, curve.maxMs]);
    expect(curve.maxMs).toBeCloseTo(record.totals.get("http_req_response_time")!.max / 1000, 0);
  });
  test("requests of all endpoints add up", () => {
    expect(model.endpoints.reduce((sum, row) => sum + row.requests, 0)).toBe(6000);
  });
  test("a run longer than an hour keeps 3,600 columns and every peak", () => {
    const long = syntheticRun({ seconds: 7300, rate: 2, endpoints: [], stallAt: 5000 });
    const wide = modelOf(long);
    expect(wide.time.columns).toBeLessThanOrEqual(3600);
    expect(Math.max(...wide.time.headline!.max.map((ms) => ms ?? 0))).toBeGreaterThan(1900);
    expect(wide.heatMap!.columns.length).toBeLessThanOrEqual(240);
  });
  test("a closed run has service time alone", () => {
    const closed: RunRecord = {
      ...record,
      manifest: { ...record.manifest, load: { ...record.manifest.load!, openModel: false } },
    };
    const shown = modelOf(closed);
    expect(shown.headline!.series).toBe("http_req_duration");
    expect(charts.find((chart) => chart.id === "service-response")!.missing(shown)).toContain("due time");
  });
  test("a run without totals still has its seconds", () => {
    const cut = modelOf({ ...record, totals: new Map() });
    expect(cut.headline!.count).toBe(6000);
    expect(cut.time.headline!.p50[5]).toBeGreaterThan(0);
  });
  test("it survives JSON, because page and --json are made of it", () => {
    expect(JSON.parse(JSON.stringify(model))).toEqual(model);
  });
});

describe("every chart", () => {
  const runs: readonly [string, RunRecord][] = [
    ["an ordinary", syntheticRun({ seconds: 20, rate: 50 })],
    ["an empty", syntheticRun({ seconds: 0 })],
    ["a one-second", syntheticRun({ seconds: 1, rate: 1, stallAt: -1 })],
    ["an all-errors", syntheticRun({ seconds: 5, rate: 20, errorRatio: 1 })],
  ];
  test.each(runs)("of %s run is either drawn with a table behind it or says why not", (_, record) => {
    const model = modelOf(record);
    for (const spec of charts) {
      const missing = spec.missing(model);
      if (missing !== undefined) {
        expect(missing).toMatch(/\.$/);
        continue;
      }
      for (const theme of [lightTheme, darkTheme, pngTheme])
        expect(spec.configure(model, theme).data.datasets.length).toBeGreaterThan(0);
      const table = spec.table(model);
      expect(table.rows.length).toBeGreaterThan(0);
      for (const row of table.rows) expect(row.length).toBe(table.headers.length);
      expect(JSON.stringify(table)).not.toMatch(/NaN|undefined|Infinity/);
    }
  });
  test("shows the baseline where there is one", () => {
    const record = syntheticRun({ seconds: 20, rate: 50 });
    const comparison = syntheticComparison(record);
    const baselineTotals = syntheticBaselineTotals({ seconds: 20, rate: 50 });
    const model = makeReportModel(record, { decision: syntheticDecision(record), comparison, baselineTotals });
    const labels = charts
      .find((chart) => chart.id === "spectrum")!
      .configure(model, lightTheme)
      .data.datasets.map((set) => set.label);
    expect(labels).toContain("baseline main");
    expect(model.baselineLevels.map((level) => level.valueMs)).toContain(comparison.rows[0]!.baseline);
  });
});

describe("decimation", () => {
  test("keeps the lowest and the highest point of any line", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1, maxLength: 4000 }),
        (ys) => {
          const kept = decimateMinMax(
            ys.map((y, x) => ({ x, y })),
            100,
          ).map((point) => point.y);
          expect(Math.max(...kept)).toBe(Math.max(...ys));
          expect(Math.min(...kept)).toBe(Math.min(...ys));
          expect(kept.length).toBeLessThanOrEqual(Math.max(200, Math.min(ys.length, 200)));
        },
      ),
      { numRuns: 40 },
    );
  });
  test("keeps time in order", () => {
    const kept = decimateMinMax(Array.from({ length: 3600 }, (_, x) => ({ x, y: Math.sin(x) })));
    expect(kept.every((point, i) => i === 0 || point.x > kept[i - 1]!.x)).toBe(true);
  });
});

test.each([
  [1, "0"],
  [2, "50 %"],
  [10, "90 %"],
  [1000, "99.9 %"],
  [1_000_000, "99.9999 %"],
])("x = %d of the spectrum is the percentile %s", (x, label) => {
  expect(percentileLabel(x)).toBe(label);
});
