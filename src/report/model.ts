import type { Comparison, Decision } from "../model/comparison.js";
import type { HistogramData } from "../model/histogram.js";
import type { RunManifest, RunRecord } from "../model/run.js";
import { type EndpointRow, makeEndpoints } from "./endpoints.js";
import { type HeatMap, makeHeatMap } from "./heat-map.js";
import { makeOwnMemory, type OwnMemory } from "./own-memory.js";
import { makeResourceLines, type ResourceLines } from "./resource-lines.js";
import { headlineTrend, trendOf } from "./series-choice.js";
import { makeSpectrum, type SpectrumCurve, type SpectrumLimit, spectrumLimits } from "./spectrum.js";
import { makeTimeLines, type TimeLines } from "./time-lines.js";
import { type CpuPerThousand, makeCpuPerThousand, makeWorstSeconds, type WorstSecond } from "./worst-seconds.js";

/** A quantile of the baseline that charts show as a dashed line; from the comparison, never computed here. */
export interface BaselineLevel {
  readonly label: string;
  readonly valueMs: number;
}

/**
 * Everything that a report shows, as plain JSON: the run's and the comparison's own fields,
 * and what only charts need, derived once.
 */
export interface ReportModel {
  readonly schema: "loadline.report/1";
  readonly decision: Decision;
  /** run.json without the encoded histograms. */
  readonly run: Omit<RunManifest, "totals">;
  readonly comparison: Comparison | null;
  /** Null where nothing was measured. */
  readonly headline: { readonly series: string; readonly label: string; readonly count: number } | null;
  readonly time: TimeLines;
  readonly spectrum: {
    readonly headline: SpectrumCurve | null;
    readonly service: SpectrumCurve | null;
    readonly baseline: SpectrumCurve | null;
    readonly limits: readonly SpectrumLimit[];
  };
  readonly heatMap: HeatMap | null;
  readonly baselineLevels: readonly BaselineLevel[];
  readonly resources: readonly ResourceLines[];
  /** What the sources did in the worst seconds of latency. */
  readonly worstSeconds: readonly WorstSecond[];
  readonly cpuPerThousand: readonly CpuPerThousand[];
  /** The generator's own memory as the run went on; empty where its windows do not tell. */
  readonly ownMemory: readonly OwnMemory[];
  readonly endpoints: readonly EndpointRow[];
  /** What was wrong with the run folder's files. */
  readonly damage: readonly string[];
}

export interface ReportInputs {
  readonly decision: Decision;
  readonly comparison?: Comparison | undefined;
  /** Merged over the baseline's runs, by series name, in microseconds. */
  readonly baselineTotals?: ReadonlyMap<string, HistogramData> | undefined;
}

/** The one place where the report derives anything; every renderer only shows what this returns. */
export function makeReportModel(record: RunRecord, inputs: ReportInputs): ReportModel {
  const { totals: _encoded, ...run } = record.manifest;
  const headline = headlineTrend(record);
  const service = trendOf(record, "http_req_duration");
  const comparison = inputs.comparison ?? null;
  const time = makeTimeLines(record, headline);
  const timeMetrics = [...new Set([headline?.name, "http_req_duration"].filter((name) => name !== undefined))];
  return {
    schema: "loadline.report/1",
    decision: inputs.decision,
    run,
    comparison,
    headline: headline
      ? {
          series: headline.name,
          label: headline.label,
          count: headline.total?.count ?? countOf(headline.history?.lines),
        }
      : null,
    time,
    spectrum: {
      headline: makeSpectrum(headline?.total),
      service: service && service.name !== headline?.name ? makeSpectrum(service.total) : null,
      baseline: makeSpectrum(headline && inputs.baselineTotals?.get(headline.name)),
      limits: spectrumLimits(record.manifest.thresholds, timeMetrics),
    },
    heatMap: makeHeatMap(headline),
    baselineLevels: baselineLevels(comparison, headline?.name),
    resources: makeResourceLines(record),
    worstSeconds: makeWorstSeconds(record, time),
    cpuPerThousand: makeCpuPerThousand(record),
    ownMemory: makeOwnMemory(record),
    endpoints: makeEndpoints(record, headline?.name === "http_req_response_time"),
    damage: record.damage,
  };
}

function baselineLevels(comparison: Comparison | null, series: string | undefined): BaselineLevel[] {
  const levels: BaselineLevel[] = [];
  for (const row of comparison?.rows ?? []) {
    if (row.series !== series || row.unit !== "ms" || row.baseline === null) continue;
    levels.push({ label: `baseline ${row.statistic}`, valueMs: row.baseline });
  }
  return levels;
}

function countOf(lines: readonly { readonly histogram: HistogramData }[] | undefined): number {
  return (lines ?? []).reduce((sum, line) => sum + line.histogram.count, 0);
}
