import { formatBytes } from "../../model/units.js";
import { formatClock } from "../format.js";
import type { ReportModel } from "../model.js";
import type { ResourceLines } from "../resource-lines.js";
import type { Line } from "../time-lines.js";
import { type Axes, spacerAxis, timeAxis, valueAxis } from "./axes.js";
import { decimateMinMax, type Point } from "./decimate.js";
import { eventLines, frame, line } from "./frame.js";
import { cell, sampleAt, sampleTable } from "./over-time.js";
import type { ChartSpec } from "./spec.js";
import type { ChartTheme } from "./theme.js";

const kinds = [
  ["RSS", "rssBytes", []],
  ["PSS", "pssBytes", [7, 3]],
  ["heap", "heapBytes", [2, 2]],
] as const;

/** Memory of the target above, of the generator itself beneath, never on one axis. */
export const memoryChart: ChartSpec = {
  id: "memory",
  title: "Memory",
  caption:
    "A saw-tooth is garbage collection; a floor that rises from tooth to tooth is growth. The generator stands apart, so that its own memory is not taken for the target's.",
  height: 380,
  missing: (model) =>
    model.resources.some((lines) => kinds.some(([, field]) => lines[field] !== undefined))
      ? undefined
      : "No process was watched.",
  configure(model, theme) {
    const watched = withMemory(model);
    const apart = watched.some((lines) => lines.isHarness) && watched.some((lines) => !lines.isHarness);
    const colors = [theme.blue, theme.vermillion, theme.green, theme.purple];
    const axisOf = (lines: ResourceLines): string => (apart && lines.isHarness ? "yHarness" : "y");
    return frame(model, theme, {
      title: "Memory of target and generator",
      datasets: watched.flatMap((lines, i) => [
        ...kinds.flatMap(([name, field, dash]) => {
          const values = lines[field];
          if (values === undefined) return [];
          const color = lines.isHarness ? theme.muted : colors[i % colors.length]!;
          return [
            line({
              label: `${label(lines)} ${name}`,
              color,
              points: name === "PSS" ? pssPoints(lines, values) : resourcePoints(lines, values),
              dash,
              axis: axisOf(lines),
              width: name === "RSS" ? 1.9 : 1.4,
            }),
          ];
        }),
        ...growthLines(model, lines.source, colors[i % colors.length]!, axisOf(lines)),
      ]),
      scales: resourceAxes(model, theme, apart, "memory", formatBytes),
      annotations: eventLines(model, theme),
    });
  },
  table: (model) =>
    sampleTable(withMemory(model), (lines) =>
      kinds.map(([name, field]) => [name, lines[field] ?? [], formatBytes] as const),
    ),
  readout: (model, atS) => [
    { label: "at", value: formatClock(atS) },
    ...withMemory(model).flatMap((lines) => {
      const i = sampleAt(lines, atS);
      return kinds.flatMap(([name, field]) =>
        lines[field] === undefined
          ? []
          : [{ label: `${label(lines)} ${name}`, value: cell(lines[field], i, formatBytes) }],
      );
    }),
  ],
};

/** The floor of RSS that the leak verdict rests on, and its fitted growth. */
function growthLines(model: ReportModel, source: string, color: string, axis: string) {
  const leak = model.run.leaks?.find((one) => one.source === source && one.figure === "rssBytes");
  if (leak === undefined || leak.line === null) return [];
  const { fromMs, from, toMs, to } = leak.line;
  const floor = leak.floor.map(({ atMs, value }) => ({ x: atMs / 1000, y: value }));
  const growth = [
    { x: fromMs / 1000, y: from },
    { x: toMs / 1000, y: to },
  ];
  return [
    line({ label: `${source} floor`, color, points: floor, dash: [1, 3], axis, width: 1.2 }),
    line({
      label: `${source} growth: ${leak.verdict.replaceAll("-", " ")}`,
      color,
      points: growth,
      dash: [10, 4],
      axis,
      width: 2.2,
    }),
  ];
}

function withMemory(model: ReportModel): ResourceLines[] {
  return model.resources.filter((lines) => kinds.some(([, field]) => lines[field] !== undefined));
}

/** The reader's word for a source: what the files call the harness is the generator on the page. */
export function label(lines: ResourceLines): string {
  return lines.isHarness ? "generator" : lines.source;
}

export function resourcePoints(lines: ResourceLines, values: Line): Point[] {
  return [...decimateMinMax(lines.atS.map((x, i) => ({ x, y: values[i] ?? Number.NaN })))];
}

/** PSS is read more seldom than the rest: samples without it are no gap, unless the process was away. */
function pssPoints({ atS, rssBytes }: ResourceLines, values: Line): Point[] {
  const points = atS.map((x, i) => ({ x, y: values[i] ?? Number.NaN }));
  return [
    ...decimateMinMax(points.filter(({ y }, i) => !Number.isNaN(y) || Number.isNaN(rssBytes?.[i] ?? Number.NaN))),
  ];
}

/** A time axis and one value axis, or two stacked ones where target and generator are shown apart. */
export function resourceAxes(
  model: ReportModel,
  theme: ChartTheme,
  apart: boolean,
  title: string,
  format: (value: number) => string,
): Axes {
  return {
    x: timeAxis(model, theme),
    ...(apart
      ? { yHarness: valueAxis(theme, { title: "generator", format, weight: 1, maxTicks: 4 }), spacer: spacerAxis() }
      : {}),
    y: valueAxis(theme, { title: apart ? `target ${title}` : title, format, ...(apart ? { weight: 2.4 } : {}) }),
  };
}
