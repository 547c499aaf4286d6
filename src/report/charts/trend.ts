import type { Trend } from "../../model/history.js";
import { formatChange, formatValue } from "../format.js";
import { horizontalAxis, valueAxis } from "./axes.js";
// The catalogue registers what Chart.js needs.
import "./catalog.js";
import type { Point } from "./decimate.js";
import { type Annotation, framed, line } from "./frame.js";
import type { LineChart } from "./spec.js";
import type { ChartTheme } from "./theme.js";

/** A scenario's trend: a mark a run, its levels, and the runs at which the level changed. */
export const trendChart = {
  height: 420,
  configure(trend: Trend, theme: ChartTheme): LineChart {
    const { points, unit, every } = trend;
    const what = trend.statistic === "value" ? trend.metric : `${trend.metric} ${trend.statistic}`;
    const unitOfTime = points.length === 1 ? every : `${every}s`;
    const marks = (counts: boolean): Point[] =>
      points.map((point, x) => ({ x, y: point.counts === counts ? (point.value ?? Number.NaN) : Number.NaN }));
    const left = points.some((point) => !point.counts && point.value !== null);
    const format = (value: number): string => formatValue(value, unit);
    const dots = (label: string, color: string, data: Point[], pointStyle: "circle" | "rectRot") => ({
      ...line({ label, color, points: data, marker: pointStyle, width: 1 }),
      pointRadius: pointStyle === "rectRot" ? 5 : points.length > 200 ? 1.6 : 3,
    });
    return framed(`${trend.scenario} · ${points.length} ${unitOfTime}`, theme, {
      title: `${what} over ${unitOfTime}`,
      datasets: [
        dots(what, theme.blue, marks(true), "circle"),
        ...(left ? [dots("not judged", theme.vermillion, marks(false), "rectRot")] : []),
        ...(trend.changePoints.length === 0
          ? []
          : [line({ label: "level", color: theme.orange, points: levelsOf(trend), width: 2.4, dash: [7, 3] })]),
      ],
      scales: {
        x: horizontalAxis(theme, {
          min: -0.5,
          max: Math.max(0.5, points.length - 0.5),
          format: (x) => points[x]?.startedAt.slice(0, 10) ?? "",
        }),
        y: valueAxis(theme, { title: what, format, weight: 1, min: 0 }),
      },
      annotations: Object.fromEntries(
        trend.changePoints.map((change, i): [string, Annotation] => [
          `change${i}`,
          {
            type: "line",
            scaleID: "x",
            value: change.index - 0.5,
            borderColor: theme.muted,
            borderWidth: 1.2,
            borderDash: [4, 4],
            label: {
              display: true,
              content: formatChange(change.change, "ms"),
              position: i % 2 === 0 ? "start" : "center",
              padding: 3,
              color: theme.text,
              backgroundColor: theme.background,
              font: { family: theme.fontFamily, size: 11, weight: "bold" },
            },
          },
        ]),
      ),
    });
  },
} as const;

/** A step from level to level, at the changes. */
function levelsOf({ points, changePoints }: Trend): Point[] {
  const starts = [0, ...changePoints.map(({ index }) => index)];
  return starts.flatMap((start, i) => {
    const level = i === 0 ? changePoints[0]!.before : changePoints[i - 1]!.after;
    const end = (starts[i + 1] ?? points.length) - 1;
    return [
      { x: start, y: level },
      { x: end, y: level },
      { x: end + 0.5, y: Number.NaN },
    ];
  });
}
