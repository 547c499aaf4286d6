import type { ChartDataset, ChartOptions, LegendItem } from "chart.js";
import type { ReportModel } from "../model.js";
import type { Axes } from "./axes.js";
import type { Point } from "./decimate.js";
import type { LineChart } from "./spec.js";
import type { ChartTheme } from "./theme.js";

export interface LineStyle {
  readonly label: string;
  readonly color: string;
  readonly points: readonly Point[];
  readonly axis?: string;
  readonly width?: number;
  /** Colour is never the only mark: lines differ in dashes, too. */
  readonly dash?: readonly number[];
  readonly marker?: "circle" | "triangle" | "rect" | "rectRot" | "star";
  readonly stepped?: boolean;
  readonly fill?: ChartDataset<"line">["fill"];
  readonly fillColor?: string;
  /** Bars of one column's width, for counts. */
  readonly hidden?: boolean;
}

/** A line; its marker stands on about ten of its points. */
export function line(style: LineStyle): ChartDataset<"line", Point[]> {
  const every = Math.max(1, Math.ceil(style.points.length / 9));
  const few = style.points.length <= 40;
  return {
    label: style.label,
    data: [...style.points],
    yAxisID: style.axis ?? "y",
    borderColor: style.color,
    backgroundColor: style.fillColor ?? style.color,
    borderWidth: style.width ?? 1.6,
    borderDash: [...(style.dash ?? [])],
    borderJoinStyle: "round",
    pointStyle: style.marker ?? "circle",
    pointRadius: (context) =>
      style.marker === undefined
        ? few && isAlone(style.points, context.dataIndex)
          ? 2
          : 0
        : (context.dataIndex + Math.floor(every / 2)) % every === 0
          ? 3.4
          : 0,
    pointHoverRadius: 4,
    pointBackgroundColor: style.color,
    pointBorderWidth: 0,
    stepped: style.stepped ? "middle" : false,
    fill: style.fill ?? false,
    spanGaps: false,
  };
}

/** A point between two gaps has no line to show it. */
function isAlone(points: readonly Point[], index: number): boolean {
  return Number.isNaN(points[index - 1]?.y ?? Number.NaN) && Number.isNaN(points[index + 1]?.y ?? Number.NaN);
}

/** Options of one annotation; the plugin's own types do not resolve under Node's module rules. */
export type Annotation = Readonly<Record<string, unknown>>;

export interface Frame {
  readonly title: string;
  readonly datasets: LineChart["data"]["datasets"];
  readonly scales: Axes;
  readonly annotations?: Record<string, Annotation>;
  readonly tooltip?: NonNullable<ChartOptions<"line">["plugins"]>["tooltip"];
  /** Labels that the legend leaves out. */
  readonly unlisted?: readonly string[];
  /** Filled squares that the legend names besides the lines. */
  readonly swatches?: readonly { readonly text: string; readonly color: string }[];
}

/** {@link framed}, for a chart of one run. */
export function frame(model: ReportModel, theme: ChartTheme, parts: Frame): LineChart {
  return framed(provenance(model), theme, parts);
}

/** What all charts share: lettering, legend, heading, no animation. @param origin whence the picture comes */
export function framed(origin: string, theme: ChartTheme, parts: Frame): LineChart {
  const font = { family: theme.fontFamily, size: 12 };
  return {
    type: "line",
    data: { datasets: parts.datasets },
    options: {
      animation: false,
      parsing: false,
      normalized: true,
      responsive: true,
      maintainAspectRatio: false,
      color: theme.text,
      font,
      layout: { padding: theme.headings ? { top: 14, right: 22, bottom: 12, left: 12 } : { right: 12 } },
      interaction: { mode: "nearest", axis: "x", intersect: false },
      scales: parts.scales,
      plugins: {
        title: {
          display: theme.headings,
          text: parts.title,
          align: "start",
          color: theme.text,
          font: { family: theme.fontFamily, size: 17, weight: "bold" },
          padding: { bottom: 3 },
        },
        subtitle: {
          display: theme.headings,
          text: origin,
          align: "start",
          color: theme.muted,
          font: { family: theme.fontFamily, size: 12 },
          padding: { bottom: 10 },
        },
        legend: {
          align: "start",
          // A click on a canvas cannot be made by keyboard, so the legend only names.
          onClick: () => undefined,
          labels: {
            color: theme.text,
            usePointStyle: true,
            pointStyleWidth: 28,
            boxHeight: 7,
            padding: 14,
            font,
            generateLabels: () => legendItems(theme, parts),
          },
        },
        tooltip: parts.tooltip ?? { enabled: false },
        annotation: { clip: true, annotations: parts.annotations ?? {} },
      },
    } as ChartOptions<"line">,
  } as LineChart;
}

/** Each line as it is drawn, dashes included. */
function legendItems(theme: ChartTheme, parts: Frame): LegendItem[] {
  const lines = parts.datasets.filter((dataset) => !(parts.unlisted ?? []).includes(dataset.label ?? ""));
  return [
    ...lines.map((dataset) => ({
      text: dataset.label ?? "",
      fontColor: theme.text,
      pointStyle: "line" as const,
      strokeStyle: dataset.borderColor as string,
      lineWidth: Math.max(2, Number(dataset.borderWidth)),
      lineDash: dataset.borderDash as number[],
    })),
    ...(parts.swatches ?? []).map(({ text, color }) => ({
      text,
      fontColor: theme.text,
      pointStyle: "rect" as const,
      fillStyle: color,
      strokeStyle: color,
      lineWidth: 0,
    })),
  ];
}

/** Whence the picture comes, for one that is passed around without its page. */
export function provenance(model: ReportModel): string {
  const { run } = model;
  const version = run.labels.version === undefined ? "" : ` · version ${run.labels.version}`;
  const state = run.status === "complete" ? `run ${run.validity.state}` : `run ${run.status}`;
  return `${run.scenario} · ${run.id}${version} · ${state}`;
}

/** A horizontal limit or level with its name at the right end. */
export function levelLine(
  theme: ChartTheme,
  level: { value: number; label: string; color: string; axis?: string },
): Annotation {
  return {
    type: "line",
    scaleID: level.axis ?? "y",
    value: level.value,
    borderColor: level.color,
    borderWidth: 1.2,
    borderDash: [2, 4],
    label: {
      display: true,
      content: level.label,
      position: "end",
      yAdjust: -8,
      padding: 2,
      color: level.color,
      backgroundColor: theme.veil,
      font: { family: theme.fontFamily, size: 11, weight: "normal" },
    },
  };
}

/** Vertical marks for what happened to the target: started, gone, restarted. */
export function eventLines(model: ReportModel, theme: ChartTheme): Record<string, Annotation> {
  const marks: Record<string, Annotation> = {};
  for (const source of model.resources) {
    // A target that restarts without end must not paint the chart shut; the page lists every event.
    for (const [i, { atS, event }] of source.events.slice(0, 12).entries()) {
      marks[`event-${source.source}-${i}`] = {
        type: "line",
        scaleID: "x",
        value: atS,
        borderColor: theme.purple,
        borderWidth: 1,
        borderDash: [3, 3],
        label: {
          display: true,
          content: `${source.source}: ${event}`,
          position: "start",
          rotation: -90,
          xAdjust: 8,
          padding: 2,
          color: theme.purple,
          backgroundColor: "transparent",
          font: { family: theme.fontFamily, size: 10, weight: "normal" },
        },
      };
    }
  }
  return marks;
}
