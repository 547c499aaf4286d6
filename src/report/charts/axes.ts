import type { ChartOptions, Scale } from "chart.js";
import { formatClock } from "../format.js";
import type { ReportModel } from "../model.js";
import type { Line } from "../time-lines.js";
import { decimateMinMax, type Point } from "./decimate.js";
import type { ChartTheme } from "./theme.js";

type Axis = NonNullable<ChartOptions<"line">["scales"]>[string];
export type Axes = Record<string, Axis>;

const clockSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];

export interface HorizontalAxis {
  readonly min: number;
  readonly max: number;
  readonly title?: string;
  readonly scale?: "linear" | "logarithmic";
  readonly format: (value: number) => string;
  /** Where ticks stand, given the axis in pixels; else Chart.js chooses, and leaves out what has no room. */
  readonly ticksOf?: (widthPx: number) => { value: number }[];
}

/** The axis at the foot of a chart. */
export function horizontalAxis(theme: ChartTheme, axis: HorizontalAxis): Axis {
  const { ticksOf } = axis;
  return {
    type: axis.scale ?? "linear",
    min: axis.min,
    max: axis.max,
    ...(axis.title === undefined ? {} : { title: titleOf(theme, axis.title) }),
    border: { color: theme.axis },
    grid: { color: theme.grid, drawTicks: false },
    ...(ticksOf === undefined
      ? {}
      : {
          afterBuildTicks: (scale: Scale) => {
            scale.ticks = ticksOf(scale.width);
          },
        }),
    ticks: {
      ...tickStyle(theme),
      maxRotation: 0,
      ...(ticksOf === undefined ? { includeBounds: false } : { autoSkip: false }),
      callback: (value: string | number) => axis.format(Number(value)),
    },
  } as Axis;
}

/** Seconds since the start, written as a clock. */
export function timeAxis(model: ReportModel, theme: ChartTheme): Axis {
  const endS = Math.max(1, (model.time.columns * model.time.stepMs) / 1000);
  return horizontalAxis(theme, {
    min: 0,
    max: endS,
    format: formatClock,
    ticksOf(widthPx) {
      const room = Math.max(2, Math.floor(widthPx / 80));
      const step = clockSteps.find((candidate) => endS / candidate <= room) ?? 86_400;
      return Array.from({ length: Math.floor(endS / step) + 1 }, (_, i) => ({ value: i * step }));
    },
  });
}

export interface ValueAxis {
  readonly title: string;
  readonly format: (value: number) => string;
  readonly scale?: "linear" | "logarithmic";
  /** Share of the height, where several axes are stacked on one time axis. */
  readonly weight?: number;
  readonly min?: number;
  readonly max?: number;
  readonly suggestedMax?: number;
  readonly side?: "left" | "right";
  readonly integer?: boolean;
  readonly maxTicks?: number;
}

/** A vertical axis. Stacked ones share the left edge, top first as they are listed. */
export function valueAxis(theme: ChartTheme, axis: ValueAxis): Axis {
  const logarithmic = axis.scale === "logarithmic";
  return {
    type: axis.scale ?? "linear",
    position: axis.side ?? "left",
    ...(axis.weight === undefined ? {} : { stack: axis.side ?? "left", stackWeight: axis.weight }),
    ...(axis.min !== undefined ? { min: axis.min } : logarithmic ? {} : { beginAtZero: true }),
    ...(logarithmic || axis.max !== undefined ? {} : { grace: "6%" }),
    ...(axis.max === undefined ? {} : { max: axis.max }),
    ...(axis.suggestedMax === undefined ? {} : { suggestedMax: axis.suggestedMax }),
    title: titleOf(theme, axis.title),
    border: { color: theme.axis },
    grid: { color: theme.grid, drawTicks: false, drawOnChartArea: axis.side !== "right" },
    ...(logarithmic ? { afterBuildTicks: keepOneTwoFive } : {}),
    // Every axis keeps the same room at the left, so that seconds stand under one another down the page.
    afterFit: (scale: Scale) => {
      scale.width = Math.max(scale.width, 66);
    },
    ticks: {
      ...tickStyle(theme),
      maxTicksLimit: axis.maxTicks ?? 7,
      ...(axis.integer ? { precision: 0 } : {}),
      callback: (value: string | number) => axis.format(Number(value)),
    },
  } as Axis;
}

function titleOf(theme: ChartTheme, text: string) {
  return { display: true, text, color: theme.muted, font: { size: 11 } };
}

function tickStyle(theme: ChartTheme) {
  // Chart.js gives ticks its own default family, whatever the chart's is.
  return { font: { family: theme.fontFamily }, color: theme.muted, padding: 6 };
}

/** Empty room between two stacked axes, so that the top of one does not touch the foot of the next. */
export function spacerAxis(): Axis {
  return {
    type: "linear",
    position: "left",
    stack: "left",
    stackWeight: 0.19,
    title: { display: false },
    border: { display: false },
    grid: { display: false },
    ticks: { display: false },
  } as Axis;
}

/** Thins a log axis to decades, or to 1-2-5 where it spans few of them. */
export function keepOneTwoFive(scale: Scale): void {
  const decades = Math.log10(scale.max / scale.min);
  const allowed = decades > 3.2 ? [1] : decades > 1.8 ? [1, 3] : [1, 2, 5];
  const ticks: { value: number }[] = [];
  for (let power = Math.floor(Math.log10(scale.min)); power <= Math.ceil(Math.log10(scale.max)); power += 1) {
    for (const digit of allowed) {
      const value = Number((digit * 10 ** power).toPrecision(6));
      if (value >= scale.min && value <= scale.max) ticks.push({ value });
    }
  }
  scale.ticks = ticks;
}

/** Log only where the values span enough that a straight scale would flatten the ordinary second. */
export function latencyScale(lines: readonly Line[]): { scale: "linear" | "logarithmic"; min?: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const line of lines) {
    for (const value of line) {
      if (value === null || value <= 0) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (!(high / low > 12)) return { scale: "linear" };
  const power = 10 ** Math.floor(Math.log10(low));
  return { scale: "logarithmic", min: power * (low / power >= 5 ? 5 : low / power >= 2 ? 2 : 1) };
}

/** A line over the run's time grid, as decimated points at the middle of each column. */
export function timePoints(model: ReportModel, line: Line): Point[] {
  const stepS = model.time.stepMs / 1000;
  return [...decimateMinMax(line.map((y, i) => ({ x: (i + 0.5) * stepS, y: y ?? Number.NaN })))];
}
