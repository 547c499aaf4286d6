import { formatMs } from "../../model/units.js";
import { formatCount } from "../format.js";
import type { ReportModel } from "../model.js";
import type { SpectrumCurve } from "../spectrum.js";
import { horizontalAxis, latencyScale, valueAxis } from "./axes.js";
import { frame, levelLine, line } from "./frame.js";
import type { ChartSpec } from "./spec.js";

/** Every percentile up to the last request, the tail as wide as the body. */
export const spectrumChart: ChartSpec = {
  id: "spectrum",
  title: "Percentile spectrum",
  caption:
    "To the right each step of the same width holds a tenth of the requests of the one before; the curve ends at the slowest request.",
  height: 400,
  missing: (model) =>
    model.spectrum.headline === null ? "No request was measured, so there is no spectrum." : undefined,
  configure(model, theme) {
    const { headline, service, baseline, limits } = model.spectrum;
    const curves = [headline, service, baseline].filter((curve) => curve !== null);
    const end = Math.max(10, ...curves.map((curve) => curve.count));
    const heights = curves.map((curve) => curve.points.map(([, ms]) => ms));
    const { scale, min } = latencyScale([...heights, limits.map((limit) => limit.limitMs)]);
    const points = (curve: SpectrumCurve) => curve.points.map(([x, y]) => ({ x, y }));
    const last = headline!.points.at(-1)!;
    return frame(model, theme, {
      title: `Percentile spectrum of ${model.headline!.label}`,
      datasets: [
        line({ label: model.headline!.label, color: theme.blue, points: points(headline!), width: 2.2 }),
        ...(service === null
          ? []
          : [line({ label: "service time", color: theme.orange, points: points(service), width: 1.6, dash: [2, 2] })]),
        ...(baseline === null
          ? []
          : [
              line({
                label: `baseline ${model.comparison?.baseline?.name ?? ""}`.trim(),
                color: theme.muted,
                points: points(baseline),
                dash: [8, 4],
                width: 1.8,
              }),
            ]),
        ...(limits.length === 0
          ? []
          : [
              {
                ...line({ label: "threshold", color: theme.vermillion, points: limitSteps(model, end), width: 1.6 }),
                stepped: "after" as const,
              },
            ]),
        {
          ...line({ label: "max", color: theme.blue, points: [{ x: last[0], y: last[1] }] }),
          clip: false as const,
          pointRadius: 5,
          pointStyle: "rectRot",
        },
      ],
      unlisted: ["max"],
      scales: {
        x: horizontalAxis(theme, {
          min: 1,
          max: end,
          title: "percentile",
          scale: "logarithmic",
          format: percentileLabel,
          ticksOf: (widthPx) => percentileTicks(end, widthPx),
        }),
        y: valueAxis(theme, {
          title: model.headline!.label,
          format: formatMs,
          // Room above the curve for the name of its end.
          suggestedMax:
            Math.max(...heights.flat(), ...limits.map((limit) => limit.limitMs / 1.4)) *
            (scale === "linear" ? 1.1 : 1.7),
          scale,
          ...(min === undefined ? {} : { min }),
        }),
      },
      annotations: {
        max: {
          type: "label",
          xValue: last[0],
          yValue: last[1],
          content: `max ${formatMs(headline!.maxMs)} of ${formatCount(headline!.count)}`,
          position: { x: "end", y: "center" },
          xAdjust: -10,
          yAdjust: -11,
          color: theme.text,
          font: { family: theme.fontFamily, size: 11, weight: "normal" },
        },
        ...(limits.length === 1 && limits[0]!.x > end
          ? {
              limit: levelLine(theme, {
                value: limits[0]!.limitMs,
                label: limits[0]!.expression,
                color: theme.vermillion,
              }),
            }
          : {}),
      },
      tooltip: {
        displayColors: false,
        callbacks: {
          title: (items) => percentileLabel(items[0]?.parsed.x ?? 1, 4),
          label: (item) => `${item.dataset.label}: ${formatMs(item.parsed.y ?? 0)}`,
        },
      },
    });
  },
  table(model) {
    const { headline, service, baseline } = model.spectrum;
    const at = (curve: SpectrumCurve | null, i: number): string => {
      const point = curve?.points[i];
      return point === undefined || i === curve!.points.length - 1 ? "–" : formatMs(point[1]);
    };
    return {
      headers: ["percentile", model.headline!.label, "service time", "baseline"],
      rows: [
        ...headline!.points
          .slice(0, -1)
          .map(([x], i) => [percentileLabel(x, 4), formatMs(headline!.points[i]![1]), at(service, i), at(baseline, i)]),
        ["max", ...[headline, service, baseline].map((curve) => (curve === null ? "–" : formatMs(curve.maxMs)))],
      ],
    };
  },
};

/** The limits as a staircase: each holds from the percentile before it up to its own. */
function limitSteps(model: ReportModel, end: number): { x: number; y: number }[] {
  const steps: { x: number; y: number }[] = [];
  let from = 1;
  for (const limit of model.spectrum.limits) {
    const to = Math.min(limit.x, end);
    steps.push({ x: from, y: limit.limitMs }, { x: to, y: limit.limitMs });
    from = to;
  }
  return steps;
}

function percentileTicks(end: number, width: number): { value: number }[] {
  const decade = width / Math.log10(end);
  // 50 % and 75 % only where they do not run into 0 and 90 %.
  const ticks = [{ value: 1 }, ...(decade > 190 ? [{ value: 2 }, { value: 4 }] : decade > 110 ? [{ value: 2 }] : [])];
  for (let x = 10; x <= end; x *= 10) ticks.push({ value: x });
  return ticks;
}

/** 1/(1-p) as a percentile: 1 -> "0", 100 -> "99 %". */
export function percentileLabel(x: number, digits = 6): string {
  const percent = Number((100 * (1 - 1 / x)).toFixed(Math.max(digits, Math.ceil(Math.log10(x)) - 1)));
  return percent === 0 ? "0" : `${percent} %`;
}
