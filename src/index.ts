export { type CompareInput, compareRuns } from "./compare/compare-runs.js";
export { type ChangePointOptions, findChangePoints, type TrendPoint } from "./compare/history.js";
export { judgeLeak, type LeakOptions } from "./compare/leak.js";
export { type ConfigInput, defineConfig } from "./harness/config-schema.js";
export type {
  ComparedRun,
  ComparedSide,
  CompareOptions,
  Comparison,
  ComparisonRow,
  Verdict,
} from "./model/comparison.js";
export type { HistogramData } from "./model/histogram.js";
export type { ChangePoint } from "./model/history.js";
export type { LeakFigure, LeakSeries, LeakVerdict } from "./model/leak.js";
export type { LogQuantiles, PlainRun, Samples } from "./model/plain-run.js";
export type { Environment, LoadFigures, RunManifest, Validity } from "./model/run.js";
export { Histogram, mergeHistograms, quantile } from "./stats/histogram.js";
