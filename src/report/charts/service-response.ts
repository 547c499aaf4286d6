import { formatMs } from "../../model/units.js";
import { formatClock } from "../format.js";
import { latencyScale, timeAxis, timePoints, valueAxis } from "./axes.js";
import { frame, line } from "./frame.js";
import { cell, columnAt, timeTable } from "./over-time.js";
import type { ChartSpec } from "./spec.js";

/** What counting from the send alone would have hidden: the queue in front of a slow target. */
export const serviceResponseChart: ChartSpec = {
  id: "service-response",
  title: "Service time and response time",
  caption:
    "Service time counts from the send, response time from the due time. The shaded gap is waiting that a closed loop would not have seen.",
  height: 320,
  missing: (model) =>
    model.time.headline !== null && model.time.service !== null
      ? undefined
      : model.time.headline === null
        ? "No request was measured."
        : model.run.engine === undefined
          ? "Without an open model no request has a due time, so there is only service time."
          : "The engine that drove the load does not tell when arrivals were due, so there is only service time.",
  configure(model, theme) {
    const response = model.time.headline!;
    const service = model.time.service!;
    const { scale, min } = latencyScale([response.p99, service.p99, service.p50]);
    return frame(model, theme, {
      title: "Service time against response time, p99 and p50 over time",
      datasets: [
        line({
          label: "service p99",
          color: theme.orange,
          points: timePoints(model, service.p99),
          dash: [7, 3],
          marker: "rect",
        }),
        line({
          label: "response p99, gap shaded",
          color: theme.vermillion,
          points: timePoints(model, response.p99),
          marker: "triangle",
          fill: "-1",
          fillColor: theme.gap,
        }),
        line({ label: "service p50", color: theme.sky, points: timePoints(model, service.p50), dash: [2, 2] }),
        line({ label: "response p50", color: theme.blue, points: timePoints(model, response.p50), width: 2 }),
      ],
      scales: {
        x: timeAxis(model, theme),
        y: valueAxis(theme, { title: "p99 and p50", format: formatMs, scale, ...(min === undefined ? {} : { min }) }),
      },
    });
  },
  table: (model) =>
    timeTable(model, [
      ["service p50", model.time.service!.p50, formatMs],
      ["response p50", model.time.headline!.p50, formatMs],
      ["service p99", model.time.service!.p99, formatMs],
      ["response p99", model.time.headline!.p99, formatMs],
    ]),
  readout(model, atS) {
    const i = columnAt(model, atS);
    return [
      { label: "at", value: formatClock(atS) },
      { label: "service p50", value: cell(model.time.service!.p50, i, formatMs) },
      { label: "response p50", value: cell(model.time.headline!.p50, i, formatMs) },
      { label: "service p99", value: cell(model.time.service!.p99, i, formatMs) },
      { label: "response p99", value: cell(model.time.headline!.p99, i, formatMs) },
    ];
  },
};
