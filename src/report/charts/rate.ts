import { formatMs } from "../../model/units.js";
import { formatClock, formatNumber } from "../format.js";
import { latencyScale, spacerAxis, timeAxis, timePoints, valueAxis } from "./axes.js";
import { frame, line } from "./frame.js";
import { cell, columnAt, timeTable } from "./over-time.js";
import type { ChartSpec } from "./spec.js";

/** Whether the generator kept its plan: arrivals, lateness, virtual users. */
export const rateChart: ChartSpec = {
  id: "generator",
  title: "How well the plan was kept",
  caption:
    "Planned and started arrivals should lie on one another. Lateness is the generator's own error, and belongs far below the times that it measures.",
  height: 440,
  missing: (model) => (model.time.columns === 0 ? "The run has no windows." : undefined),
  configure(model, theme) {
    const time = model.time;
    const late = time.latenessP99Ms.some((value) => value !== null);
    const dropped = time.dropped.some((count) => (count ?? 0) > 0);
    const { scale, min } = latencyScale([time.latenessP99Ms, time.latenessMaxMs]);
    return frame(model, theme, {
      title: "Arrivals, lateness and virtual users over time",
      datasets: [
        line({
          label: "planned",
          color: theme.muted,
          points: timePoints(model, time.plannedRate),
          dash: [5, 4],
          width: 2.2,
        }),
        line({ label: "started", color: theme.green, points: timePoints(model, time.startedRate) }),
        ...(dropped
          ? [
              line({
                label: "dropped",
                color: theme.vermillion,
                points: timePoints(model, time.dropped),
                marker: "triangle",
                fill: "origin",
                fillColor: theme.gap,
              }),
            ]
          : []),
        ...(late
          ? [
              line({
                label: "lateness max",
                color: theme.orange,
                points: timePoints(model, time.latenessMaxMs),
                axis: "yLate",
                width: 1,
                dash: [1, 2],
              }),
              line({
                label: "lateness p99",
                color: theme.purple,
                points: timePoints(model, time.latenessP99Ms),
                axis: "yLate",
              }),
            ]
          : []),
        line({ label: "VUs", color: theme.sky, points: timePoints(model, time.vus), axis: "yVus", dash: [7, 3] }),
        line({ label: "VUs busy", color: theme.blue, points: timePoints(model, time.vusBusy), axis: "yVus" }),
      ],
      scales: {
        x: timeAxis(model, theme),
        yVus: valueAxis(theme, { title: "VUs", format: formatNumber, weight: 1, integer: true, maxTicks: 4 }),
        ...(late
          ? {
              spacerLate: spacerAxis(),
              yLate: valueAxis(theme, {
                title: "lateness",
                format: formatMs,
                weight: 1.1,
                scale,
                maxTicks: 4,
                ...(min === undefined ? {} : { min }),
              }),
            }
          : {}),
        spacer: spacerAxis(),
        y: valueAxis(theme, { title: "arrivals/s", format: formatNumber, weight: 1.3, maxTicks: 5 }),
      },
    });
  },
  table: (model) =>
    timeTable(model, [
      ["planned/s", model.time.plannedRate, formatNumber],
      ["started/s", model.time.startedRate, formatNumber],
      ["dropped", model.time.dropped, formatNumber],
      ["lateness p99", model.time.latenessP99Ms, formatMs],
      ["lateness max", model.time.latenessMaxMs, formatMs],
      ["longest stall", model.time.stallMs, formatMs],
      ["VUs", model.time.vus, formatNumber],
      ["VUs busy", model.time.vusBusy, formatNumber],
    ]),
  readout(model, atS) {
    const i = columnAt(model, atS);
    return [
      { label: "at", value: formatClock(atS) },
      { label: "planned/s", value: cell(model.time.plannedRate, i, formatNumber) },
      { label: "started/s", value: cell(model.time.startedRate, i, formatNumber) },
      { label: "dropped", value: cell(model.time.dropped, i, formatNumber) },
      { label: "lateness p99", value: cell(model.time.latenessP99Ms, i, formatMs) },
      { label: "VUs busy", value: cell(model.time.vusBusy, i, formatNumber) },
    ];
  },
};
