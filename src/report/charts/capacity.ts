import type { CapacityResult, CapacityStep } from "../../model/capacity.js";
import { formatMs } from "../../model/units.js";
import { capacityRows, capacityTableHeaders } from "../capacity-words.js";
import { formatNumber, formatPercent } from "../format.js";
import { horizontalAxis, latencyScale, spacerAxis, valueAxis } from "./axes.js";
// The catalogue registers what Chart.js needs.
import "./catalog.js";
import type { Point } from "./decimate.js";
import { type Annotation, framed, line } from "./frame.js";
import type { ChartTable, LineChart } from "./spec.js";
import type { ChartTheme } from "./theme.js";

/** Rate against latency, errors and the target's CPU, with the capacity and the knee. */
export const capacityChart = {
  title: "Response time against rate",
  caption:
    "Each mark is one step. Response time counts from the due time, so queueing in front of the target shows. Beyond the knee latency grows faster than throughput.",
  height: 460,
  configure(result: CapacityResult, theme: ChartTheme): LineChart {
    const steps = measured(result);
    const points = (pick: (step: CapacityStep) => number | null): Point[] =>
      steps.map((step) => ({ x: step.rate, y: pick(step) ?? Number.NaN }));
    const { scale, min } = latencyScale([steps.map(({ p50Ms }) => p50Ms), steps.map(({ p99Ms }) => p99Ms)]);
    const watched = steps.some(({ targetCpuCores }) => targetCpuCores !== null);
    const style = { fontFamily: theme.fontFamily };
    return framed(`${result.scenario} · capacity-${result.id}`, theme, {
      title: this.title,
      datasets: [
        line({ label: "p99", color: theme.vermillion, points: points((s) => s.p99Ms), marker: "triangle" }),
        line({ label: "p95", color: theme.orange, points: points((s) => s.p95Ms), marker: "rect", dash: [7, 3] }),
        line({ label: "p50", color: theme.blue, points: points((s) => s.p50Ms), marker: "circle", width: 2 }),
        line({
          label: "failed or dropped",
          color: theme.purple,
          points: points((s) => s.errorRatio + s.droppedRatio),
          axis: "y2",
          marker: "star",
        }),
        ...(watched
          ? [
              line({
                label: "target CPU, right",
                color: theme.green,
                points: points((s) => s.targetCpuCores),
                axis: "y3",
                marker: "rectRot",
                dash: [2, 2],
              }),
            ]
          : []),
      ],
      scales: {
        x: horizontalAxis(theme, {
          min: 0,
          max: Math.ceil(Math.max(1, ...steps.map(({ rate }) => rate)) * 1.04),
          title: "arrivals a second",
          format: formatNumber,
        }),
        // Stacked from the bottom up.
        y2: valueAxis(theme, {
          title: "failed or dropped",
          format: formatPercent,
          weight: 0.45,
          min: 0,
          suggestedMax: 0.01,
          maxTicks: 4,
        }),
        gap: spacerAxis(),
        y: valueAxis(theme, {
          title: "response time",
          format: formatMs,
          weight: 1,
          scale,
          ...(min === undefined ? {} : { min }),
        }),
        ...(watched
          ? { y3: valueAxis(theme, { title: "cores", format: formatNumber, side: "right", min: 0, maxTicks: 5 }) }
          : {}),
      },
      annotations: {
        ...(result.knee === null ? {} : { knee: mark(result.knee, "knee", theme.muted, "60%", style) }),
        ...(result.capacity === null
          ? {}
          : { capacity: mark(result.capacity, `holds ${formatNumber(result.capacity)}/s`, theme.green, "end", style) }),
        ...(result.ownRate === null || result.ownRate > Math.max(...steps.map(({ rate }) => rate))
          ? {}
          : { own: mark(result.ownRate, "scenario's own rate", theme.blue, "30%", style) }),
      },
    });
  },
  table: (result: CapacityResult): ChartTable => ({ headers: capacityTableHeaders, rows: capacityRows(result) }),
} as const;

/** By rate; of several steps at one rate the last. What the generator failed at is no figure of the target's. */
function measured(result: CapacityResult): CapacityStep[] {
  const byRate = new Map(
    result.steps.filter(({ outcome }) => outcome !== "unmeasured").map((step) => [step.rate, step]),
  );
  return [...byRate.values()].sort((a, b) => a.rate - b.rate);
}

function mark(
  rate: number,
  label: string,
  color: string,
  position: string,
  { fontFamily }: { readonly fontFamily: string },
): Annotation {
  return {
    type: "line",
    scaleID: "x",
    value: rate,
    borderColor: color,
    borderWidth: 1.2,
    borderDash: [4, 4],
    label: {
      display: true,
      content: label,
      position,
      rotation: -90,
      xAdjust: -9,
      padding: 2,
      color,
      backgroundColor: "transparent",
      font: { family: fontFamily, size: 11, weight: "normal" },
    },
  };
}
