import { formatClock } from "../format.js";
import type { ReportModel } from "../model.js";
import type { ResourceLines } from "../resource-lines.js";
import type { Line } from "../time-lines.js";
import type { ChartTable } from "./spec.js";

type Column = readonly [header: string, values: Line, format: (value: number) => string];

/** The column of the time grid that holds a second of the run. */
export function columnAt(model: ReportModel, atS: number): number {
  return Math.min(Math.max(0, Math.floor((atS * 1000) / model.time.stepMs)), Math.max(0, model.time.columns - 1));
}

/** The sample nearest to a second of the run. */
export function sampleAt(lines: ResourceLines, atS: number): number {
  let best = 0;
  for (let i = 1; i < lines.atS.length; i += 1) {
    if (Math.abs(lines.atS[i]! - atS) < Math.abs(lines.atS[best]! - atS)) best = i;
  }
  return best;
}

export function cell(values: Line | undefined, index: number, format: (value: number) => string): string {
  const value = values?.[index] ?? null;
  return value === null ? "–" : format(value);
}

/** One row a column of the time grid. */
export function timeTable(model: ReportModel, columns: readonly Column[]): ChartTable {
  const stepS = model.time.stepMs / 1000;
  return {
    headers: ["time", ...columns.map(([header]) => header)],
    rows: Array.from({ length: model.time.columns }, (_, i) => [
      formatClock(i * stepS),
      ...columns.map(([, values, format]) => cell(values, i, format)),
    ]),
  };
}

/** One row a sample of one watched source. */
export function sampleTable(
  sources: readonly ResourceLines[],
  columns: (lines: ResourceLines) => readonly Column[],
): ChartTable {
  const headers = new Set<string>();
  for (const lines of sources)
    for (const [header, values] of columns(lines)) if (values.length > 0) headers.add(header);
  const names = [...headers];
  return {
    headers: ["time", "source", ...names],
    rows: sources.flatMap((lines) => {
      const byName = new Map(columns(lines).map(([header, values, format]) => [header, { values, format }]));
      return lines.atS.map((atS, i) => [
        formatClock(atS),
        lines.source,
        ...names.map((name) => {
          const column = byName.get(name);
          return column === undefined ? "–" : cell(column.values, i, column.format);
        }),
      ]);
    }),
  };
}
