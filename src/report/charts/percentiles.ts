import { formatMs } from "../../model/units.js";
import { formatClock, formatNumber } from "../format.js";
import { latencyScale, spacerAxis, timeAxis, timePoints, valueAxis } from "./axes.js";
import { eventLines, frame, levelLine, line } from "./frame.js";
import { cell, columnAt, timeTable } from "./over-time.js";
import type { ChartSpec } from "./spec.js";

/** Percentiles of each second above, throughput, plan and errors beneath, on one time axis. */
export const percentilesChart: ChartSpec = {
  id: "percentiles",
  title: "Percentiles over time",
  caption: "Each point is the percentile of that second's own requests, never of everything since the start.",
  height: 440,
  missing: (model) =>
    model.time.headline === null ? "No request was measured, so there are no percentiles." : undefined,
  configure(model, theme) {
    const time = model.time;
    const { p50, p95, p99, max } = time.headline!;
    const { scale, min } = latencyScale([p50, p95, p99, max]);
    const errors = time.failed.some((count) => (count ?? 0) > 0);
    const levels = model.baselineLevels.map((level, i) => [
      `baseline-${i}`,
      levelLine(theme, {
        value: level.valueMs,
        label: `${level.label} ${formatMs(level.valueMs)}`,
        color: theme.muted,
        axis: "y",
      }),
    ]);
    return frame(model, theme, {
      title: `${capital(model.headline!.label)} percentiles and throughput over time`,
      datasets: [
        line({ label: "max", color: theme.muted, points: timePoints(model, max), width: 1, dash: [1, 2] }),
        line({ label: "p99", color: theme.vermillion, points: timePoints(model, p99), marker: "triangle" }),
        line({ label: "p95", color: theme.orange, points: timePoints(model, p95), dash: [7, 3], marker: "rect" }),
        line({ label: "p50", color: theme.blue, points: timePoints(model, p50), width: 2, marker: "circle" }),
        line({
          label: "planned rate",
          color: theme.muted,
          points: timePoints(model, time.plannedRate),
          axis: "yRate",
          dash: [5, 4],
          width: 1.2,
        }),
        line({ label: "requests", color: theme.green, points: timePoints(model, time.requestRate), axis: "yRate" }),
        ...(errors
          ? [
              line({
                label: "errors",
                color: theme.purple,
                points: timePoints(model, time.failed),
                axis: "yRate",
                fill: "origin",
                fillColor: theme.gap,
                width: 1.4,
              }),
            ]
          : []),
      ],
      scales: {
        x: timeAxis(model, theme),
        yRate: valueAxis(theme, { title: "per second", format: formatNumber, weight: 1, maxTicks: 4 }),
        spacer: spacerAxis(),
        y: valueAxis(theme, {
          title: model.headline!.label,
          format: formatMs,
          weight: 2.6,
          scale,
          ...(min === undefined ? {} : { min }),
        }),
      },
      annotations: { ...Object.fromEntries(levels), ...eventLines(model, theme) },
    });
  },
  table: (model) =>
    timeTable(model, [
      ["p50", model.time.headline!.p50, formatMs],
      ["p95", model.time.headline!.p95, formatMs],
      ["p99", model.time.headline!.p99, formatMs],
      ["max", model.time.headline!.max, formatMs],
      ["requests/s", model.time.requestRate, formatNumber],
      ["planned/s", model.time.plannedRate, formatNumber],
      ["errors", model.time.failed, formatNumber],
    ]),
  readout(model, atS) {
    const i = columnAt(model, atS);
    const { p50, p95, p99, max } = model.time.headline!;
    return [
      { label: "at", value: formatClock(atS) },
      { label: "p50", value: cell(p50, i, formatMs) },
      { label: "p95", value: cell(p95, i, formatMs) },
      { label: "p99", value: cell(p99, i, formatMs) },
      { label: "max", value: cell(max, i, formatMs) },
      { label: "requests/s", value: cell(model.time.requestRate, i, formatNumber) },
      { label: "errors", value: cell(model.time.failed, i, formatNumber) },
    ];
  },
};

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
