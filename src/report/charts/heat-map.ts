import type { ChartDataset, Scale } from "chart.js";
import type { MatrixDataPoint } from "chartjs-chart-matrix";
import { formatMs } from "../../model/units.js";
import { formatClock, formatCount, formatCounted } from "../format.js";
import type { HeatMap } from "../heat-map.js";
import { timeAxis, valueAxis } from "./axes.js";
import type { Point } from "./decimate.js";
import { frame, line } from "./frame.js";
import { cell } from "./over-time.js";
import type { ChartSpec } from "./spec.js";
import { type ChartTheme, cividis } from "./theme.js";

/** Every request as a shade in its cell of time and latency. */
export const heatMapChart: ChartSpec = {
  id: "heat-map",
  title: "Latency heat map",
  caption:
    "Brighter cells hold more requests, on a log scale. Two bands are two kinds of request; a column that reaches up is a stall.",
  height: 380,
  missing: (model) => (model.heatMap === null ? "No request was measured, so there is nothing to map." : undefined),
  configure(model, theme) {
    const map = model.heatMap!;
    const stepS = map.stepMs / 1000;
    const p99 = map.p99.map((ms, i) => ({ x: (i + 0.5) * stepS, y: ms === null ? Number.NaN : Math.log10(ms) }));
    const top = map.fromLog10Ms + map.rows / map.rowsPerDecade;
    const x = timeAxis(model, theme);
    const y = valueAxis(theme, {
      title: model.headline!.label,
      format: (log) => formatMs(10 ** log),
      min: map.fromLog10Ms,
      max: top,
    });
    return frame(model, theme, {
      title: `Heat map of ${model.headline!.label}`,
      datasets: [line({ label: "p99", color: theme.vermillion, points: p99, width: 2 }), cells(map, theme)],
      unlisted: ["requests"],
      swatches: [
        { text: "1 request in the cell", color: cividis(theme.heatFrom) },
        { text: formatCounted(fullestCell(map), "request"), color: cividis(1) },
      ],
      // The matrix controller would turn the axis upside down and pad both.
      scales: {
        x: { ...x, offset: false, grid: { display: false } } as typeof x,
        y: {
          ...y,
          offset: false,
          reverse: false,
          beginAtZero: false,
          grid: { display: false },
          afterBuildTicks: logTicks,
        } as typeof y,
      },
    });
  },
  table(model) {
    const map = model.heatMap!;
    return {
      headers: ["from", "requests", "p99", "max"],
      rows: map.columns.map((column, i) => [
        formatClock((i * map.stepMs) / 1000),
        formatCount(column.reduce((sum, count) => sum + count, 0)),
        cell(map.p99, i, formatMs),
        cell(map.max, i, formatMs),
      ]),
    };
  },
  readout(model, atS) {
    const map = model.heatMap!;
    const i = Math.min(map.columns.length - 1, Math.floor((atS * 1000) / map.stepMs));
    return [
      { label: "from", value: formatClock((i * map.stepMs) / 1000) },
      { label: "requests", value: formatCount((map.columns[i] ?? []).reduce((sum, count) => sum + count, 0)) },
      { label: "p99", value: cell(map.p99, i, formatMs) },
      { label: "max", value: cell(map.max, i, formatMs) },
    ];
  },
};

function cells(map: HeatMap, theme: ChartTheme): ChartDataset<"line", Point[]> {
  const points: MatrixDataPoint[] = [];
  const colors: string[] = [];
  const most = fullestCell(map);
  const shades = new Map<number, string>();
  for (const [i, column] of map.columns.entries()) {
    for (const [row, count] of column.entries()) {
      if (count === 0) continue;
      points.push({ x: (i * map.stepMs) / 1000, y: map.fromLog10Ms + row / map.rowsPerDecade });
      let shade = shades.get(count);
      if (shade === undefined) {
        const share = most === 1 ? 1 : Math.log(count) / Math.log(most);
        shade = cividis(theme.heatFrom + (1 - theme.heatFrom) * share);
        shades.set(count, shade);
      }
      colors.push(shade);
    }
  }
  const dataset: ChartDataset<"matrix"> = {
    type: "matrix",
    label: "requests",
    data: points,
    backgroundColor: colors,
    borderWidth: 0,
    anchorX: "left",
    anchorY: "bottom",
    // Half a pixel of overlap: otherwise rounding leaves seams between the cells.
    width: ({ chart }) => pixels(chart.scales.x, map.stepMs / 1000) + 0.5,
    height: ({ chart }) => pixels(chart.scales.y, 1 / map.rowsPerDecade) + 0.5,
  };
  // A chart of mixed kinds has one static type, and the frame's is the line's.
  return dataset as unknown as ChartDataset<"line", Point[]>;
}

function fullestCell(map: HeatMap): number {
  return Math.max(1, ...map.columns.map((column) => Math.max(0, ...column)));
}

function pixels(scale: Scale | undefined, distance: number): number {
  if (scale === undefined) return 0;
  return Math.abs(scale.getPixelForValue(scale.min + distance) - scale.getPixelForValue(scale.min));
}

function logTicks(scale: Scale): void {
  const digits = scale.max - scale.min > 3 ? [1] : scale.max - scale.min > 1.6 ? [1, 3] : [1, 2, 5];
  scale.ticks = [];
  for (let power = Math.floor(scale.min); power <= scale.max; power += 1) {
    for (const digit of digits) {
      const value = power + Math.log10(digit);
      if (value >= scale.min && value <= scale.max) scale.ticks.push({ value });
    }
  }
}
