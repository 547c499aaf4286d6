import { formatClock, formatNumber } from "../format.js";
import type { ReportModel } from "../model.js";
import type { ResourceLines } from "../resource-lines.js";
import { spacerAxis, timeAxis, valueAxis } from "./axes.js";
import { eventLines, frame, line } from "./frame.js";
import { label, resourcePoints } from "./memory.js";
import { cell, sampleAt, sampleTable } from "./over-time.js";
import type { ChartSpec } from "./spec.js";

const fields = ["cpuCores", "fds", "threads"] as const;

/** CPU of target and generator above; the target's descriptors and threads beneath. */
export const cpuChart: ChartSpec = {
  id: "cpu",
  title: "CPU, file descriptors, threads",
  caption:
    "CPU in cores: 1.0 keeps one core busy. File descriptors that only ever rise are connections that are not closed.",
  height: 380,
  missing: (model) => (watched(model).length > 0 ? undefined : "No process was watched."),
  configure(model, theme) {
    const sources = watched(model);
    const colors = [theme.blue, theme.vermillion, theme.green, theme.purple];
    const counts = sources.some(
      (lines) => !lines.isHarness && (lines.fds !== undefined || lines.threads !== undefined),
    );
    return frame(model, theme, {
      title: "CPU, file descriptors and threads",
      datasets: sources.flatMap((lines, i) => {
        const color = lines.isHarness ? theme.muted : colors[i % colors.length]!;
        const dash = lines.isHarness ? [5, 3] : [];
        return [
          ...(lines.cpuCores === undefined
            ? []
            : [
                line({
                  label: `${label(lines)} CPU`,
                  color,
                  points: resourcePoints(lines, lines.cpuCores),
                  dash,
                  width: 1.8,
                }),
              ]),
          ...(lines.fds === undefined || lines.isHarness
            ? []
            : [
                line({
                  label: `${label(lines)} file descriptors`,
                  color: theme.orange,
                  points: resourcePoints(lines, lines.fds),
                  axis: "yCount",
                  marker: "rect",
                }),
              ]),
          ...(lines.threads === undefined || lines.isHarness
            ? []
            : [
                line({
                  label: `${label(lines)} threads`,
                  color: theme.green,
                  points: resourcePoints(lines, lines.threads),
                  axis: "yCount",
                  dash: [2, 2],
                }),
              ]),
        ];
      }),
      scales: {
        x: timeAxis(model, theme),
        ...(counts
          ? {
              yCount: valueAxis(theme, { title: "count", format: formatNumber, weight: 1, integer: true, maxTicks: 4 }),
              spacer: spacerAxis(),
            }
          : {}),
        y: valueAxis(theme, { title: "cores", format: formatNumber, ...(counts ? { weight: 1.5 } : {}) }),
      },
      annotations: eventLines(model, theme),
    });
  },
  table: (model) =>
    sampleTable(watched(model), (lines) => [
      ["CPU (cores)", lines.cpuCores ?? [], formatNumber],
      ["file descriptors", lines.fds ?? [], formatNumber],
      ["threads", lines.threads ?? [], formatNumber],
    ]),
  readout: (model, atS) => [
    { label: "at", value: formatClock(atS) },
    ...watched(model).flatMap((lines) => {
      const i = sampleAt(lines, atS);
      return fields.flatMap((field) =>
        lines[field] === undefined || (lines.isHarness && field !== "cpuCores")
          ? []
          : [
              {
                label: `${label(lines)} ${field === "cpuCores" ? "CPU" : field}`,
                value: cell(lines[field], i, formatNumber),
              },
            ],
      );
    }),
  ],
};

function watched(model: ReportModel): ResourceLines[] {
  return model.resources.filter((lines) => fields.some((field) => lines[field] !== undefined));
}
