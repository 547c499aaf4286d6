import type { ChartConfiguration } from "chart.js";
import type { ReportModel } from "../model.js";
import type { Point } from "./decimate.js";
import type { ChartTheme } from "./theme.js";

/** The table behind a chart: what a reader without the picture gets. */
export interface ChartTable {
  readonly headers: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Lines throughout; the heat map lays matrix cells beneath its line. */
export type LineChart = ChartConfiguration<"line", Point[]>;

/** One chart of the report: the same definition draws it in the page and as PNG. */
export interface ChartSpec {
  /** Its anchor in the page and its file name. */
  readonly id: string;
  readonly title: string;
  /** One sentence: what to look for. */
  readonly caption: string;
  /** CSS pixels on a desktop. */
  readonly height: number;
  /** Why the chart cannot be drawn for this run, or undefined where it can. */
  missing(model: ReportModel): string | undefined;
  configure(model: ReportModel, theme: ChartTheme): LineChart;
  table(model: ReportModel): ChartTable;
  /** For charts over time: what stands at a second of the run, for the shared cursor. */
  readout?(model: ReportModel, atS: number): readonly { readonly label: string; readonly value: string }[];
}
